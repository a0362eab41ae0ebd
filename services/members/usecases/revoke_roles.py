"""Revoke roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.granting import Granting
from services.members.domain.role import Role
from services.members.storage.members import lock_members
from services.members.storage.places import before_members, lock_places
from services.members.storage.reasons import insert_reasons
from services.members.storage.role_facts import of_role
from services.members.storage.roles import read_roles, update_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole:
    """Let a role be held until then only."""

    role_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def revoke_roles(work: Work, commands: Sequence[RevokeRole]) -> list[Written | Fault]:
    """Revoke roles, each decided by itself and in order, while members and places are locked."""
    ids = [command.role_id for command in commands]
    found = (await read_roles(work.connection, ids)).values()
    scopes = {role.scope for role in found}
    await lock_places(work.connection, before_members(scopes))
    await lock_members(work.connection, {role.member_id for role in found})
    await lock_places(work.connection, scopes)
    held = (await read_roles(work.connection, ids)).values()
    if {role.member_id for role in held} != {role.member_id for role in found}:
        raise RunAgain  # somebody was merged while we waited
    granting = Granting(roles=held)
    explained: dict[str, tuple[str, str]] = {}

    def decide(command: RevokeRole) -> Role:
        role = granting.revoke(command.role_id, at=occurred(command.occurred_at, now=work.now))
        explained[role.id] = (command.reason, command.stated_by)
        return role

    decided = decide_each(commands, decide)
    revoked = accepted(decided)
    await update_roles(work.connection, revoked)
    await insert_reasons(work, [(role.id, role.revision, *explained[role.id]) for role in revoked])
    return settle_each(decided, lambda role: Written(id=role.id, facts=(of_role(role).make(work),)))
