"""Enrolment with a community (报到): a member belongs to one at a time, from one moment to another."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from services.members.domain.faults import (
    AlreadyEnrolled,
    EndsBeforeStart,
    EnrolmentEnded,
    EnrolmentUnknown,
    MemberUnknown,
    NodeUnknown,
    NotACommunity,
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
    withdrawn: bool = False
    """It fell away when two members turned out to be one: as if it had never been."""

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and not self.withdrawn

    def reaches_beyond(self, moment: datetime, /) -> bool:
        return self.ended_at is None or self.ended_at > moment


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
            self._remember(enrolment)

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
        if enrolment.member_id not in self._members:
            raise MemberUnknown(field="member_id", member_id=enrolment.member_id)
        community = self._communities.get(enrolment.community_id)
        if community is None:
            raise NodeUnknown(field="community_id", node_id=enrolment.community_id)
        if community.level is not Level.COMMUNITY:
            raise NotACommunity(field="community_id", node_id=community.id, level=community.level.name)
        community.refuse_unless_open(enrolment.enrolled_at, field="community_id")
        for other in self._by_member.get(enrolment.member_id, {}).values():
            if other.reaches_beyond(enrolment.enrolled_at):
                raise AlreadyEnrolled(enrolment_id=other.id, community_id=other.community_id)
        return self._remember(enrolment)

    def end(self, enrolment_id: str, /, *, at: datetime) -> Enrolment:
        """End an active enrolment.

        Raises:
            EnrolmentUnknown: There is no such enrolment.
            EnrolmentEnded: It was ended before.
            EndsBeforeStart: It was not yet in force then.
        """
        enrolment = self._by_id.get(enrolment_id)
        if enrolment is None:
            raise EnrolmentUnknown(field="enrolment_id", enrolment_id=enrolment_id)
        if enrolment.ended_at is not None:
            raise EnrolmentEnded(enrolment_id=enrolment_id, ended_at=enrolment.ended_at.isoformat())
        if at <= enrolment.enrolled_at:
            raise EndsBeforeStart(
                field="occurred_at", enrolment_id=enrolment_id, enrolled_at=enrolment.enrolled_at.isoformat()
            )
        return self._remember(replace(enrolment, ended_at=at, revision=enrolment.revision + 1))

    def _remember(self, enrolment: Enrolment) -> Enrolment:
        self._by_id[enrolment.id] = enrolment
        self._by_member.setdefault(enrolment.member_id, {})[enrolment.id] = enrolment
        return enrolment
