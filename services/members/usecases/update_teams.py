"""Change what teams are called and whom they serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.team import Team, Teams, scopes_of
from services.members.storage.places import lock_places
from services.members.storage.role_facts import of_team
from services.members.storage.teams import read_teams, update_teams


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTeam:
    """Change a team as it was read."""

    team_id: str
    etag: str
    changes: Mapping[str, str | None]
    """`name`, `node_id`, `work_unit_id`: those that are meant."""


async def change_teams(work: Work, commands: Sequence[UpdateTeam]) -> list[Written | Fault]:
    """Change teams, each decided by itself and in order, while they are locked."""
    named = {Scope(kind=ScopeKind.TEAM, id=command.team_id) for command in commands}
    for command in commands:
        named |= set(scopes_of(command.changes.get("node_id"), command.changes.get("work_unit_id")))
    places = await lock_places(work.connection, named)
    teams = Teams(await read_teams(work.connection, [command.team_id for command in commands]))

    def decide(command: UpdateTeam) -> Team:
        return teams.change(command.team_id, etag=command.etag, changes=command.changes, places=places)

    decided = decide_each(commands, decide)
    await update_teams(work.connection, accepted(decided))
    return settle_each(decided, lambda team: Written(id=team.id, facts=(of_team(team).make(work),)))
