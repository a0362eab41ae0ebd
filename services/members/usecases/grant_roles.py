"""Charge members with roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.granting import Granting
from services.members.domain.place import Scope
from services.members.domain.role import Role, RoleKind
from services.members.storage.facts import causes
from services.members.storage.members import lock_members
from services.members.storage.places import before_members, lock_places
from services.members.storage.role_facts import of_role
from services.members.storage.roles import insert_roles, read_rivals


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    """Charge a member with a role."""

    member_id: str
    kind: RoleKind
    scope: Scope
    occurred_at: datetime | None
    valid_until: datetime | None

    def role(self, *, now: datetime) -> Role:
        return Role(
            id=new_id(),
            kind=self.kind,
            member_id=self.member_id,
            scope=self.scope,
            valid_from=occurred(self.occurred_at, now=now),
            valid_until=self.valid_until,
            revision=1,
        )


async def grant_roles(work: Work, commands: Sequence[GrantRole]) -> list[Written | Fault]:
    """Grant roles, each decided by itself and in order, while members and places are locked.

    Of many who would be first secretary of a community the place's lock lets one through after the other, so
    that those who come too late are told what stands in their way.
    """
    scopes = [command.scope for command in commands]
    await lock_places(work.connection, before_members(scopes))
    members = await lock_members(work.connection, [command.member_id for command in commands])
    places = await lock_places(work.connection, scopes)
    firsts = {each.scope.id for each in commands if each.kind is RoleKind.FIRST_SECRETARY}
    rivals = await read_rivals(work.connection, member_ids=list(members), node_ids=firsts)
    granting = Granting(roles=rivals, members=members, places=places)
    decided = decide_each(commands, lambda command: granting.grant(command.role(now=work.now)))
    await insert_roles(work.connection, accepted(decided))

    def settle(role: Role) -> Written:
        rests_on = causes(members[role.member_id], places.known(role.scope))
        return Written(id=role.id, facts=(of_role(role).make(work, causes=rests_on),))

    return settle_each(decided, settle)
