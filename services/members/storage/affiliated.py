"""Says in SQL who belonged where at a time, and who should be enrolled."""

from datetime import datetime

from sqlalchemy import CTE, ColumnElement, Select, case, func, or_, select

from services.members.domain.grid import Level
from services.members.domain.register import MemberType
from services.members.storage.grid_trees import subtree
from services.members.storage.tables import enrolments, members, past_work_units, work_units


def is_known(at: datetime, /) -> ColumnElement[bool]:
    """Say whether somebody was on the register, neither erased by then nor since known to be another."""
    is_there = or_(members.c.erased_at.is_(None), members.c.erased_at > at)
    return (members.c.registered_at <= at) & members.c.merged_into.is_(None) & is_there


def is_due(at: datetime, /) -> ColumnElement[bool]:
    """Say whether somebody should be enrolled: in-service members (在职党员), who must report (报到)."""
    return is_known(at) & (members.c.member_type == MemberType.IN_SERVICE)


def unit_at(at: datetime, /) -> ColumnElement[str]:
    """Name the work unit of a member as of a time, as it was called then; null: none."""
    before = (
        select(past_work_units.c.work_unit_id)
        .where(
            past_work_units.c.member_id == members.c.member_id,
            past_work_units.c.effective_from <= at,
            past_work_units.c.effective_until > at,
        )
        .scalar_subquery()
    )
    since = func.coalesce(members.c.work_unit_since, members.c.registered_at)
    return case((since <= at, members.c.work_unit_id), else_=before)


def is_of_unit(work_unit_id: str, /, *, at: datetime) -> ColumnElement[bool]:
    """Say whether a member belonged to a work unit or a sub-unit of it, or to what was merged into them."""
    return unit_at(at).in_(select(_units_below(work_unit_id).c.work_unit_id))


def is_in_grid(node_id: str, /, *, at: datetime) -> ColumnElement[bool]:
    """Say whether an enrolment is with a community that was in a part of the grid."""
    return enrolments.c.community_id.in_(communities_below(node_id, at=at))


def communities_below(node_id: str, /, *, at: datetime) -> Select[tuple[str]]:
    tree = subtree(node_id, at=at, down_to=Level.COMMUNITY)
    return select(tree.c.node_id)


def _units_below(work_unit_id: str) -> CTE:
    top = select(work_units.c.work_unit_id).where(work_units.c.work_unit_id == work_unit_id)
    below = top.cte("units_below", recursive=True)
    is_below = or_(
        work_units.c.parent_id == below.c.work_unit_id, work_units.c.merged_into == below.c.work_unit_id
    )
    return below.union(select(work_units.c.work_unit_id).join(below, is_below))
