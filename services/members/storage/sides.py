"""Reads who holds a role by which a side may be written."""

from collections.abc import Collection, Iterable

from sqlalchemy import CTE, ColumnElement, String, and_, func, literal, or_, select, union_all

from services.chassis.sql.among import is_among
from services.chassis.work import Work
from services.members.domain.place import ScopeKind
from services.members.domain.sides import WRITERS, Hold, Side, Sides, person
from services.members.storage.organisation_tables import roles
from services.members.storage.roles import is_held
from services.members.storage.tables import grid_nodes, work_units


async def read_sides(
    work: Work,
    callers: Iterable[str],
    *,
    community_ids: Collection[str] = (),
    work_unit_ids: Collection[str] = (),
) -> Sides:
    """Read which of the callers may write the sides of which places, as of now, in one query for a batch.

    A use case reads it once for its commands and asks it for each, before anything is remembered of it:

        sides = await read_sides(work, callers, community_ids=[...], work_unit_ids=[...])
        sides.refuse_foreign_community(command.stated_by, community_id, field="community_id")

    Args:
        work: One transaction; its clock says what "now" is.
        callers: `member:<id>` or `service:<name>`, as `str(call.caller)` has them; any of them repeatedly. Of
            systems nothing is read.
        community_ids: That one of the callers may want to write for; unknown ones are nobody's side.
        work_unit_ids: Likewise; one that was merged stands for the one it was merged into.
    """
    member_ids = {member_id for member_id in map(person, callers) if member_id is not None}
    if not member_ids or not (community_ids or work_unit_ids):
        return Sides(holds=frozenset())
    reaching = union_all(
        select(literal(Side.COMMUNITY, String).label("side"), *_nodes_above(community_ids).c),
        select(literal(Side.WORK_UNIT, String), *_units_above(work_unit_ids).c),
    ).subquery()
    found = (
        select(roles.c.member_id, reaching.c.side, reaching.c.asked_id)
        .join(reaching, and_(roles.c.scope_id == reaching.c.place_id, _writes(reaching.c.side)))
        .where(is_among(roles.c.member_id, sorted(member_ids)), is_held(work.now))
        .distinct()
    )
    rows = await work.connection.execute(found)
    return Sides(
        holds={Hold(member_id=row.member_id, side=Side(row.side), place_id=row.asked_id) for row in rows}
    )


def _writes(side: ColumnElement[str]) -> ColumnElement[bool]:
    scopes = {Side.COMMUNITY: ScopeKind.GRID_NODE, Side.WORK_UNIT: ScopeKind.WORK_UNIT}
    return or_(
        *(
            and_(side == each, roles.c.scope_kind == scopes[each], roles.c.kind.in_(kinds))
            for each, kinds in WRITERS.items()
        )
    )


def _nodes_above(community_ids: Collection[str]) -> CTE:
    asked = (
        select(
            grid_nodes.c.node_id.label("asked_id"),
            grid_nodes.c.node_id.label("place_id"),
        )
        .where(is_among(grid_nodes.c.node_id, sorted(set(community_ids))))
        .cte("nodes_above", recursive=True)
    )
    upward = (
        select(asked.c.asked_id, grid_nodes.c.parent_id)
        .join(asked, grid_nodes.c.node_id == asked.c.place_id)
        .where(grid_nodes.c.parent_id.is_not(None))
    )
    return asked.union(upward)


def _units_above(work_unit_ids: Collection[str]) -> CTE:
    """Go up by parents, and across mergers: what was merged away counts as what it was merged into.

    A union without repetition ends even where a hierarchy had a circle.
    """
    up = func.coalesce(work_units.c.merged_into, work_units.c.parent_id)
    asked = (
        select(
            work_units.c.work_unit_id.label("asked_id"),
            work_units.c.work_unit_id.label("place_id"),
            up.label("up_id"),
        )
        .where(is_among(work_units.c.work_unit_id, sorted(set(work_unit_ids))))
        .cte("units_above", recursive=True)
    )
    reached = or_(work_units.c.work_unit_id == asked.c.up_id, work_units.c.merged_into == asked.c.place_id)
    onward = select(asked.c.asked_id, work_units.c.work_unit_id, up).join(asked, reached)
    named = asked.union(onward)
    return select(named.c.asked_id, named.c.place_id).cte("units_reached")
