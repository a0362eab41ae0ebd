"""Teams (队伍): groups that serve together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.members.domain.faults import EndsBeforeStart, EtagStale, TeamClosed, TeamUnknown
from services.members.domain.place import Places, Scope, ScopeKind


class TeamType(StrEnum):
    VOLUNTEER = "VOLUNTEER"
    PARTY_MEMBER = "PARTY_MEMBER"
    PATROL = "PATROL"
    SCHOOL_PATROL = "SCHOOL_PATROL"
    EMERGENCY_RESCUE = "EMERGENCY_RESCUE"
    MILITIA = "MILITIA"
    TROUPE = "TROUPE"
    HELPING_GROUP = "HELPING_GROUP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team; it exists until just before `closed_at`."""

    id: str
    code: str
    name: str
    team_type: TeamType
    node_id: str | None
    """The part of the grid that it serves."""
    work_unit_id: str | None
    """Whose team it is."""
    effective_from: datetime
    closed_at: datetime | None = None
    revision: int

    @property
    def etag(self) -> str:
        return str(self.revision)


def scopes_of(node_id: str | None, work_unit_id: str | None) -> list[Scope]:
    """Name the places that a team is to belong to."""
    named = ((ScopeKind.GRID_NODE, node_id), (ScopeKind.WORK_UNIT, work_unit_id))
    return [Scope(kind=kind, id=id_) for kind, id_ in named if id_]


def settled(team: Team, /, *, places: Places) -> Team:
    """Give the team with the places that its ids stand for.

    Raises:
        NodeUnknown, NodeClosed: It is to serve no part of the grid that there is.
        WorkUnitUnknown, WorkUnitClosed: It is to belong to no work unit that there is.
    """
    found = {scope.kind: places.open(scope).id for scope in scopes_of(team.node_id, team.work_unit_id)}
    return replace(team, node_id=found.get(ScopeKind.GRID_NODE), work_unit_id=found.get(ScopeKind.WORK_UNIT))


class Teams:
    """Decides how teams change; knows those of a batch."""

    def __init__(self, held: Mapping[str, Team], /) -> None:
        self._by_id = dict(held)

    def open(self, team_id: str, /) -> Team:
        """Give a team that was not closed.

        Raises:
            TeamUnknown: There is no such team.
            TeamClosed: It exists no longer.
        """
        team = self._by_id.get(team_id)
        if team is None:
            raise TeamUnknown(field="team_id", team_id=team_id)
        if team.closed_at is not None:
            raise TeamClosed(field="team_id", team_id=team_id, closed_at=team.closed_at.isoformat())
        return team

    def change(
        self, team_id: str, /, *, etag: str, changes: Mapping[str, str | None], places: Places
    ) -> Team:
        """Change what a team is called and whom it serves.

        Raises:
            TeamUnknown, TeamClosed: There is no such team, or no longer.
            EtagStale: It was changed since it was read.
            NodeUnknown, WorkUnitUnknown and so on: As for a new team.
        """
        team = self.open(team_id)
        if team.etag != etag:
            raise EtagStale(field="etag", team_id=team_id, etag=team.etag)
        # Only what is meant is looked at: where it belonged to may have been closed since.
        moved = settled(
            replace(team, node_id=changes.get("node_id"), work_unit_id=changes.get("work_unit_id")),
            places=places,
        )
        return self._remember(
            replace(
                team,
                name=changes.get("name") or team.name,
                node_id=moved.node_id if "node_id" in changes else team.node_id,
                work_unit_id=moved.work_unit_id if "work_unit_id" in changes else team.work_unit_id,
                revision=team.revision + 1,
            )
        )

    def close(self, team_id: str, /, *, at: datetime) -> Team:
        """Close a team.

        Raises:
            TeamUnknown, TeamClosed: There is no such team, or no longer.
            EndsBeforeStart: It did not exist then.
        """
        team = self.open(team_id)
        if at <= team.effective_from:
            raise EndsBeforeStart(
                field="occurred_at", team_id=team_id, effective_from=team.effective_from.isoformat()
            )
        return self._remember(replace(team, closed_at=at, revision=team.revision + 1))

    def _remember(self, team: Team) -> Team:
        self._by_id[team.id] = team
        return team
