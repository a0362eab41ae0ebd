"""Reads places of any kind: nodes of the grid, work units, teams."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from sqlalchemy import CTE, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.members.domain.grid import Level
from services.members.domain.place import Place, Places, Scope, ScopeKind
from services.members.storage.organisation_tables import teams
from services.members.storage.tables import grid_nodes, work_units

FORWARDS_MAX: Final = 32
"""A work unit was merged into one that was merged, and so on: at most so often."""

_NODE, _UNIT, _TEAM = grid_nodes.c, work_units.c, teams.c
_NOTHING: Final = null()

_KINDS: Final = MappingProxyType(
    {
        ScopeKind.GRID_NODE: (
            _NODE.node_id,
            select(_NODE.node_id.label("id"), _NODE.level, _NODE.closed_at, _NODE.revision).add_columns(
                _NOTHING.label("merged_into")
            ),
        ),
        ScopeKind.WORK_UNIT: (
            _UNIT.work_unit_id,
            select(
                _UNIT.work_unit_id.label("id"), _UNIT.closed_at, _UNIT.revision, _UNIT.merged_into
            ).add_columns(_NOTHING.label("level")),
        ),
        ScopeKind.TEAM: (
            _TEAM.team_id,
            select(_TEAM.team_id.label("id"), _TEAM.closed_at, _TEAM.revision).add_columns(
                _NOTHING.label("level"), _NOTHING.label("merged_into")
            ),
        ),
    }
)
"""How to read each kind, in the order in which they are locked."""


async def read_places(connection: AsyncConnection, scopes: Iterable[Scope]) -> Places:
    """Read places; those that do not exist are left out."""
    return await _read(connection, scopes, locked=False)


async def lock_places(connection: AsyncConnection, scopes: Iterable[Scope]) -> Places:
    """Read places and keep others from deciding about them until the transaction ends.

    Whoever locks members too locks nodes and work units before them (`before_members`), teams after; each
    kind in the order of ids.
    """
    return await _read(connection, scopes, locked=True)


def before_members(scopes: Iterable[Scope], /) -> list[Scope]:
    """Keep the places that are locked before members, so that nobody who waits for a member holds one up."""
    return [scope for scope in scopes if scope.kind is not ScopeKind.TEAM]


def units_standing_for(work_unit_id: str, /) -> CTE:
    """Name a work unit and those that were merged into it, as a table expression with `work_unit_id`."""
    itself = select(_UNIT.work_unit_id).where(_UNIT.work_unit_id == work_unit_id)
    standing = itself.cte("units_standing_for", recursive=True)
    merged = select(_UNIT.work_unit_id).join(standing, _UNIT.merged_into == standing.c.work_unit_id)
    return standing.union(merged)


async def _read(connection: AsyncConnection, scopes: Iterable[Scope], *, locked: bool) -> Places:
    rows: dict[Scope, tuple[Place, Scope | None]] = {}
    wanted = set(scopes)
    for _ in range(FORWARDS_MAX):
        for kind in _KINDS:
            ids = sorted(scope.id for scope in wanted if scope.kind is kind)
            if ids:
                rows |= await _read_kind(connection, kind, ids, locked=locked)
        wanted = {forward for _, forward in rows.values() if forward} - rows.keys()
        if not wanted:
            break
    return Places({scope: _stands_for(scope, rows) for scope in rows})


async def _read_kind(
    connection: AsyncConnection, kind: ScopeKind, ids: list[str], *, locked: bool
) -> dict[Scope, tuple[Place, Scope | None]]:
    """Read places of a kind, each with what it was merged into."""
    key, statement = _KINDS[kind]
    statement = statement.where(is_among(key, ids)).order_by(key)
    if locked:
        # Weaker than FOR UPDATE: rows that refer to the place may be inserted meanwhile.
        statement = statement.with_for_update(key_share=True)
    found: dict[Scope, tuple[Place, Scope | None]] = {}
    for row in await connection.execute(statement):
        place = Place(
            scope=Scope(kind=kind, id=row.id),
            level=Level(row.level) if row.level else None,
            closed_at=row.closed_at,
            revision=row.revision,
        )
        forward = Scope(kind=kind, id=row.merged_into) if row.merged_into else None
        found[place.scope] = (place, forward)
    return found


def _stands_for(scope: Scope, rows: dict[Scope, tuple[Place, Scope | None]]) -> Place:
    place, forward = rows[scope]
    for _ in range(FORWARDS_MAX):
        if forward is None or forward not in rows:
            break
        place, forward = rows[forward]
    return place
