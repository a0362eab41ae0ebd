"""Add teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import CodeTaken
from services.members.domain.team import Team, TeamType, scopes_of, settled
from services.members.storage.codes import read_codes
from services.members.storage.organisation_tables import teams
from services.members.storage.places import lock_places
from services.members.storage.role_facts import of_team
from services.members.storage.teams import insert_teams


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTeam:
    """Add a team."""

    code: str
    name: str
    team_type: TeamType
    node_id: str | None
    work_unit_id: str | None
    occurred_at: datetime | None

    def team(self, *, now: datetime) -> Team:
        return Team(
            id=new_id(),
            code=self.code,
            name=self.name,
            team_type=self.team_type,
            node_id=self.node_id,
            work_unit_id=self.work_unit_id,
            effective_from=occurred(self.occurred_at, now=now),
            revision=1,
        )


async def create_teams(work: Work, commands: Sequence[CreateTeam]) -> list[Written | Fault]:
    """Add teams, each decided by itself and in order."""
    places = await lock_places(
        work.connection,
        (scope for each in commands for scope in scopes_of(each.node_id, each.work_unit_id)),
    )
    codes = await read_codes(work.connection, teams.c.code, [command.code for command in commands])

    def decide(command: CreateTeam) -> Team:
        team = settled(command.team(now=work.now), places=places)
        codes.take(team.code)
        return team

    decided = decide_each(commands, decide)
    inserted = await insert_teams(work.connection, accepted(decided))

    def settle(team: Team) -> Written:
        if team.id not in inserted:
            raise CodeTaken(field="code")
        return Written(id=team.id, facts=(of_team(team).make(work),))

    return settle_each(decided, settle)
