"""Close teams; who belonged to them, and who was charged with a role there, is so no longer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.closing import Closed, close
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.team import Teams
from services.members.storage.members import lock_members
from services.members.storage.memberships import read_memberships_in, update_left
from services.members.storage.places import lock_places
from services.members.storage.reasons import insert_reasons
from services.members.storage.role_facts import of_membership, of_role, of_team
from services.members.storage.roles import read_roles_at, update_roles
from services.members.storage.teams import read_teams, update_teams


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTeam:
    """Close a team."""

    team_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def close_teams(work: Work, commands: Sequence[CloseTeam], *, zone: tzinfo) -> list[Written | Fault]:
    """Close teams, each decided by itself and in order, while they and their members are locked."""
    scopes = {command.team_id: Scope(kind=ScopeKind.TEAM, id=command.team_id) for command in commands}
    # Members before teams, as everywhere; whoever joins in between waits for the team, or is read below.
    await lock_members(work.connection, await _read_whom(work, scopes.values()))
    await lock_places(work.connection, scopes.values())
    teams = Teams(await read_teams(work.connection, list(scopes)))
    memberships = {each: await read_memberships_in(work.connection, each) for each in scopes}
    roles = {each: await read_roles_at(work.connection, scope) for each, scope in scopes.items()}

    explained: dict[str, tuple[str, str]] = {}

    def decide(command: CloseTeam) -> Closed:
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        team_id = command.team_id
        done = close(team_id, at=at, teams=teams, memberships=memberships[team_id], roles=roles[team_id])
        explained[team_id] = (command.reason, command.stated_by)
        return done

    decided = decide_each(commands, decide)
    closed = accepted(decided)
    await update_teams(work.connection, [each.team for each in closed])
    await update_left(work.connection, [ended for each in closed for ended in each.memberships])
    await update_roles(work.connection, [ended for each in closed for ended in each.roles])
    await insert_reasons(
        work, [(each.team.id, each.team.revision, *explained[each.team.id]) for each in closed]
    )
    return settle_each(decided, lambda each: _written(work, each))


def _written(work: Work, closed: Closed) -> Written:
    stated = [
        *(of_membership(each) for each in closed.memberships),
        *(of_role(each) for each in closed.roles),
        of_team(closed.team),
    ]
    return Written(id=closed.team.id, facts=tuple(each.make(work) for each in stated))


async def _read_whom(work: Work, scopes: Iterable[Scope]) -> set[str]:
    """Read who belongs to these teams or holds a role there."""
    found: set[str] = set()
    for scope in scopes:
        found |= {each.member_id for each in await read_memberships_in(work.connection, scope.id)}
        found |= {each.member_id for each in await read_roles_at(work.connection, scope)}
    return found
