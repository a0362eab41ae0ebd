"""Reads who holds a role by which a side may be written."""

from collections.abc import Collection, Iterable
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from services.chassis.sql.among import is_among
from services.chassis.work import Work
from services.members.domain.place import ScopeKind
from services.members.domain.sides import WRITERS, Hold, Side, Sides, person
from services.members.storage.organisation_tables import roles
from services.members.storage.roles import is_held
from services.members.storage.tables import grid_nodes, members, work_units

_SCOPES: Final = MappingProxyType({Side.COMMUNITY: ScopeKind.GRID_NODE, Side.WORK_UNIT: ScopeKind.WORK_UNIT})
"""At what a role is held that writes a side."""


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
    asked = {
        "member_ids": sorted(member_ids),
        "community_ids": sorted(set(community_ids)),
        "work_unit_ids": sorted(set(work_unit_ids)),
        "now": work.now,
    }
    rows = await work.connection.execute(_HOLDS, asked)
    return Sides(
        holds={Hold(member_id=row.member_id, side=Side(row.side), place_id=row.asked_id) for row in rows}
    )


def _held() -> CTE:
    """Name the places where members hold roles that write a side; also what a work unit was merged into."""
    side = case({_SCOPES[each]: each for each in Side}, value=roles.c.scope_kind)
    writes = or_(
        *(
            and_(roles.c.scope_kind == _SCOPES[each], roles.c.kind.in_(kinds))
            for each, kinds in WRITERS.items()
        )
    )
    held = (
        select(roles.c.member_id, side.label("side"), roles.c.scope_id.label("place_id"))
        .join(members, members.c.member_id == roles.c.member_id)
        .where(is_among(roles.c.member_id, bindparam("member_ids")), is_held(bindparam("now")), writes)
        # Who is gone writes nothing, whatever roles are left.
        .where(members.c.erased_at.is_(None), members.c.merged_into.is_(None))
        .cte("held", recursive=True)
    )
    forwarded = (
        select(held.c.member_id, held.c.side, work_units.c.merged_into)
        .join(work_units, work_units.c.work_unit_id == held.c.place_id)
        .where(held.c.side == Side.WORK_UNIT, work_units.c.merged_into.is_not(None))
    )
    return held.union(forwarded)


def _above() -> CTE:
    """Name the places at and above those asked for: by parents, and of a merged work unit by what it became.

    A union without repetition ends even where a hierarchy has a circle.
    """
    node, unit = grid_nodes.c, work_units.c
    nodes = _upward(Side.COMMUNITY, key=node.node_id, up=node.parent_id, asked="community_ids")
    units = _upward(
        Side.WORK_UNIT,
        key=unit.work_unit_id,
        up=func.coalesce(unit.merged_into, unit.parent_id),
        asked="work_unit_ids",
    )
    return union_all(select(*nodes.c), select(*units.c)).cte("above")


def _upward(side: Side, *, key: Column[str], up: ColumnElement[Any], asked: str) -> CTE:
    reached = (
        select(literal(side, String).label("side"), key.label("asked_id"), key.label("place_id"))
        .where(is_among(key, bindparam(asked)))
        .cte(f"above_{side.lower()}", recursive=True)
    )
    upward = (
        select(reached.c.side, reached.c.asked_id, up)
        .join(reached, key == reached.c.place_id)
        .where(up.is_not(None))
    )
    return reached.union(upward)


def _holds() -> Select[Any]:
    held, above = _held(), _above()
    return (
        select(held.c.member_id, held.c.side, above.c.asked_id)
        .join(above, and_(above.c.side == held.c.side, above.c.place_id == held.c.place_id))
        .distinct()
    )


_HOLDS: Final = _holds()
