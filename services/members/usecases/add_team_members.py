"""Let members join teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.membership import Membership, Memberships
from services.members.domain.place import Scope, ScopeKind
from services.members.storage.facts import causes
from services.members.storage.members import lock_members
from services.members.storage.memberships import insert_memberships, read_memberships_of
from services.members.storage.places import lock_places
from services.members.storage.role_facts import of_membership


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTeamMember:
    """Let a member join a team."""

    team_id: str
    member_id: str
    occurred_at: datetime | None

    @property
    def scope(self) -> Scope:
        return Scope(kind=ScopeKind.TEAM, id=self.team_id)

    def membership(self, *, now: datetime) -> Membership:
        return Membership(
            id=new_id(),
            team_id=self.team_id,
            member_id=self.member_id,
            joined_at=occurred(self.occurred_at, now=now),
            left_at=None,
            revision=1,
        )


async def add_team_members(work: Work, commands: Sequence[AddTeamMember]) -> list[Written | Fault]:
    """Begin memberships, each decided by itself and in order, while members and teams are locked."""
    members = await lock_members(work.connection, [command.member_id for command in commands])
    places = await lock_places(work.connection, [command.scope for command in commands])
    history = await read_memberships_of(work.connection, list(members))
    memberships = Memberships(history=history, members=members, places=places)
    decided = decide_each(commands, lambda command: memberships.join(command.membership(now=work.now)))
    await insert_memberships(work.connection, accepted(decided))

    def settle(membership: Membership) -> Written:
        team = places.known(Scope(kind=ScopeKind.TEAM, id=membership.team_id))
        rests_on = causes(members[membership.member_id], team)
        return Written(id=membership.id, facts=(of_membership(membership).make(work, causes=rests_on),))

    return settle_each(decided, settle)
