"""Enrolment with a community (报到): a member belongs to one at a time, from one moment to another."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from services.members.domain.enrolment_faults import RenewedAlready, SameCommunity
from services.members.domain.faults import (
    AlreadyEnrolled,
    EndsBeforeStart,
    EnrolmentEnded,
    EnrolmentUnknown,
    MemberUnknown,
    NodeUnknown,
    NotACommunity,
    NotEnrolled,
)
from services.members.domain.grid import Level, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """In force from `enrolled_at` until just before `ended_at`."""

    id: str
    member_id: str
    community_id: str
    enrolled_at: datetime
    ended_at: datetime | None
    """None while it is active."""
    revision: int
    late: bool = False
    """It began after the deadline that held when it was stated, or carries on one that did."""
    withdrawn: bool = False
    """It fell away when two members turned out to be one: as if it had never been."""
    renewed_periods: tuple[str, ...] = ()
    """The periods for which it was renewed (返报到), in the order of their ids."""

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and not self.withdrawn

    def reaches_beyond(self, moment: datetime, /) -> bool:
        return self.ended_at is None or self.ended_at > moment

    def is_in_force(self, moment: datetime, /) -> bool:
        return not self.withdrawn and self.enrolled_at <= moment and self.reaches_beyond(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A member left one community for another."""

    ended: Enrolment
    begun: Enrolment


class Enrolments:
    """Decides which enrolments may begin and end."""

    def __init__(
        self,
        *,
        history: Iterable[Enrolment],
        members: Container[str] = (),
        communities: Mapping[str, Node] = MappingProxyType({}),
    ) -> None:
        """Know what the decisions rest on.

        Args:
            history: All enrolments of the members that are decided about, but for those withdrawn.
            members: The ids of those who exist.
            communities: The nodes with which some are to be enrolled, by id.
        """
        self._members = members
        self._communities = communities
        self._by_id: dict[str, Enrolment] = {}
        self._by_member: dict[str, dict[str, Enrolment]] = {}
        for enrolment in history:
            self.remember(enrolment)

    def begin(self, enrolment: Enrolment, /) -> Enrolment:
        """Let an open-ended enrolment begin.

        Raises:
            MemberUnknown: No such member.
            NodeUnknown: No such node.
            NotACommunity: The node is of another level.
            NodeNotYet: The community did not exist then.
            NodeClosed: The community exists no longer.
            AlreadyEnrolled: Another enrolment of the member reaches beyond the beginning of this one.
        """
        self._refuse_impossible(enrolment)
        for other in self.of_member(enrolment.member_id):
            if other.reaches_beyond(enrolment.enrolled_at):
                raise AlreadyEnrolled(enrolment_id=other.id, community_id=other.community_id)
        return self.remember(enrolment)

    def transfer(self, enrolment: Enrolment, /) -> Transfer:
        """Let an open-ended enrolment begin at the moment at which the member's active one ends.

        Whoever is transferred is as late as they were before.

        Raises:
            MemberUnknown, NodeUnknown, NotACommunity, NodeNotYet, NodeClosed: As for any that begins.
            NotEnrolled: The member has no active enrolment.
            SameCommunity: The active one is with this community.
            EndsBeforeStart: The active one did not begin before that moment.
        """
        self._refuse_impossible(enrolment)
        active = next((each for each in self.of_member(enrolment.member_id) if each.is_active), None)
        if active is None:
            raise NotEnrolled(field="member_id", member_id=enrolment.member_id)
        if active.community_id == enrolment.community_id:
            raise SameCommunity(field="community_id", enrolment_id=active.id)
        ended = self.end(active.id, at=enrolment.enrolled_at)
        return Transfer(ended=ended, begun=self.remember(replace(enrolment, late=active.late)))

    def end(self, enrolment_id: str, /, *, at: datetime) -> Enrolment:
        """End an active enrolment.

        Raises:
            EnrolmentUnknown: There is no such enrolment.
            EnrolmentEnded: It was ended before.
            EndsBeforeStart: It was not yet in force then.
        """
        enrolment = self.known(enrolment_id)
        if enrolment.ended_at is not None:
            raise EnrolmentEnded(enrolment_id=enrolment_id, ended_at=enrolment.ended_at.isoformat())
        if at <= enrolment.enrolled_at:
            raise EndsBeforeStart(
                field="occurred_at", enrolment_id=enrolment_id, enrolled_at=enrolment.enrolled_at.isoformat()
            )
        return self.remember(replace(enrolment, ended_at=at, revision=enrolment.revision + 1))

    def renew(self, enrolment: Enrolment, /, *, period_id: str) -> Enrolment:
        """Note that a member returned in a period.

        Raises:
            RenewedAlready: They did before, in the same period.
        """
        if period_id in enrolment.renewed_periods:
            raise RenewedAlready(enrolment_id=enrolment.id, period_id=period_id)
        periods = tuple(sorted({*enrolment.renewed_periods, period_id}))
        return self.remember(replace(enrolment, renewed_periods=periods, revision=enrolment.revision + 1))

    def known(self, enrolment_id: str, /) -> Enrolment:
        """Give an enrolment as it now is.

        Raises:
            EnrolmentUnknown: There is no such enrolment.
        """
        enrolment = self._by_id.get(enrolment_id)
        if enrolment is None:
            raise EnrolmentUnknown(field="enrolment_id", enrolment_id=enrolment_id)
        return enrolment

    def in_force(self, member_id: str, /, *, at: datetime) -> Enrolment:
        """Give the enrolment of a member that is in force at a moment.

        Raises:
            MemberUnknown: No such member.
            NotEnrolled: None is.
        """
        if member_id not in self._members:
            raise MemberUnknown(field="member_id", member_id=member_id)
        for enrolment in self.of_member(member_id):
            if enrolment.is_in_force(at):
                return enrolment
        raise NotEnrolled(member_id=member_id, at=at.isoformat())

    def of_member(self, member_id: str, /) -> Sequence[Enrolment]:
        """Give the enrolments of a member as they now are, in the order of time."""
        return sorted(self._by_member.get(member_id, {}).values(), key=lambda each: each.enrolled_at)

    def _refuse_impossible(self, enrolment: Enrolment) -> None:
        if enrolment.member_id not in self._members:
            raise MemberUnknown(field="member_id", member_id=enrolment.member_id)
        community = self._communities.get(enrolment.community_id)
        if community is None:
            raise NodeUnknown(field="community_id", node_id=enrolment.community_id)
        if community.level is not Level.COMMUNITY:
            raise NotACommunity(field="community_id", node_id=community.id, level=community.level.name)
        community.refuse_unless_open(enrolment.enrolled_at, field="community_id")

    def remember(self, enrolment: Enrolment, /) -> Enrolment:
        """Keep what was decided, for what is decided after it."""
        self._by_id[enrolment.id] = enrolment
        self._by_member.setdefault(enrolment.member_id, {})[enrolment.id] = enrolment
        return enrolment
