"""Who belongs to which team, from when to when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from services.members.domain.faults import (
    AlreadyInTeam,
    EndsBeforeStart,
    MembershipEnded,
    MembershipUnknown,
    MemberUnknown,
)
from services.members.domain.place import Places, Scope, ScopeKind
from services.members.domain.register import Member, refuse_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """From `joined_at` until just before `left_at`."""

    id: str
    team_id: str
    member_id: str
    joined_at: datetime
    left_at: datetime | None
    """None while it lasts."""
    withdrawn: bool = False
    """It fell away when two members turned out to be one: as if it had never been."""
    revision: int


class Memberships:
    """Decides who may join and leave teams."""

    def __init__(
        self,
        *,
        history: Iterable[Membership],
        members: Mapping[str, Member] = MappingProxyType({}),
        places: Places | None = None,
    ) -> None:
        """Know what the decisions rest on.

        Args:
            history: The memberships of the members that are decided about.
            members: Who is to join, by id.
            places: The teams.
        """
        self._members = members
        self._places = places or Places({})
        self._by_id = {membership.id: membership for membership in history}
        self._of_pair: dict[tuple[str, str], set[str]] = {}
        for membership in self._by_id.values():
            self._remember(membership)

    def join(self, membership: Membership, /) -> Membership:
        """Let an open-ended membership begin.

        Raises:
            MemberUnknown, MemberMerged, MemberErased: There is nobody to join.
            TeamUnknown, TeamClosed: There is no team to join.
            AlreadyInTeam: Another membership of the two reaches beyond the beginning of this one.
        """
        if membership.member_id not in self._members:
            raise MemberUnknown(field="member_id", member_id=membership.member_id)
        refuse_gone(self._members[membership.member_id])
        self._places.open(Scope(kind=ScopeKind.TEAM, id=membership.team_id))
        for other_id in self._of_pair.get((membership.team_id, membership.member_id), ()):
            other = self._by_id[other_id]
            if not other.withdrawn and (other.left_at is None or other.left_at > membership.joined_at):
                raise AlreadyInTeam(field="member_id", membership_id=other.id)
        return self._remember(membership)

    def leave(self, membership_id: str, /, *, at: datetime) -> Membership:
        """End a membership.

        Raises:
            MembershipUnknown: There is no such membership.
            MembershipEnded: It ended before, or fell away.
            EndsBeforeStart: The member had not joined then.
        """
        membership = self._by_id.get(membership_id)
        if membership is None:
            raise MembershipUnknown(field="membership_id", membership_id=membership_id)
        if membership.left_at is not None or membership.withdrawn:
            raise MembershipEnded(field="membership_id", membership_id=membership_id)
        if at <= membership.joined_at:
            raise EndsBeforeStart(
                field="occurred_at",
                membership_id=membership_id,
                joined_at=membership.joined_at.isoformat(),
            )
        return self._remember(replace(membership, left_at=at, revision=membership.revision + 1))

    def _remember(self, membership: Membership) -> Membership:
        self._by_id[membership.id] = membership
        self._of_pair.setdefault((membership.team_id, membership.member_id), set()).add(membership.id)
        return membership
