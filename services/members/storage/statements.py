"""Reads and writes feedback statements."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.chassis.sql.paging import cut_out
from services.members.domain.grid import Level
from services.members.domain.statement import FeedbackStatement, Figures, StatementState
from services.members.storage.feedback_tables import feedback_statements as statements
from services.members.storage.grid_trees import subtree

_newer = statements.alias("newer")
_READ: Final = select(statements, _newer.c.statement_id.label("superseded_by_id")).outerjoin(
    _newer, _newer.c.supersedes_id == statements.c.statement_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which statements a list is of; what is not set filters nothing."""

    period_id: str | None = None
    work_unit_ids: Collection[str] = ()
    node_id: str | None = None
    node_at: datetime | None = None
    """When the community was at or below the node; None: now."""
    member_ids: Collection[str] = ()
    states: Collection[StatementState] = ()
    overdue_at: datetime | None = None
    every_version: bool = field(default=False)


async def read_statements(
    connection: AsyncConnection, statement_ids: Collection[str]
) -> dict[str, FeedbackStatement]:
    """Read statements by id; those that do not exist are left out."""
    found = await connection.execute(_READ.where(is_among(statements.c.statement_id, statement_ids)))
    return {row.statement_id: _statement(row) for row in found}


async def lock_statements(
    connection: AsyncConnection, statement_ids: Collection[str]
) -> dict[str, FeedbackStatement]:
    """Read statements and keep others from deciding about them until the transaction ends."""
    locking = (
        select(statements.c.statement_id)
        .where(is_among(statements.c.statement_id, statement_ids))
        .order_by(statements.c.statement_id)
        .with_for_update(key_share=True)
    )
    locked = (await connection.execute(locking)).scalars().all()
    # Read by a statement of its own, which sees a version that somebody added while this one waited.
    return await read_statements(connection, locked)


async def read_versions(connection: AsyncConnection, of: FeedbackStatement) -> list[FeedbackStatement]:
    """Read all that was stated about the same member and period, the first version first."""
    statement = _READ.where(
        statements.c.period_id == of.period_id, statements.c.member_id == of.member_id
    ).order_by(statements.c.version)
    return [_statement(row) for row in await connection.execute(statement)]


async def list_statements(connection: AsyncConnection, page: Page, only: Filter) -> list[FeedbackStatement]:
    """Read statements in the order of their ids; one more than the page holds."""
    listed = cut_out(_filtered(only), page, statements.c.statement_id)
    return [_statement(row) for row in await connection.execute(listed)]


def _filtered(only: Filter) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = []
    if only.period_id is not None:
        conditions.append(statements.c.period_id == only.period_id)
    if only.work_unit_ids:
        conditions.append(is_among(statements.c.work_unit_id, only.work_unit_ids))
    if only.node_id is not None:
        communities = subtree(only.node_id, at=only.node_at, down_to=Level.COMMUNITY)
        conditions.append(statements.c.community_id.in_(select(communities.c.node_id)))
    if only.member_ids:
        conditions.append(is_among(statements.c.member_id, only.member_ids))
    if only.states:
        conditions.append(is_among(statements.c.state, only.states))
    if only.overdue_at is not None:
        conditions += [
            statements.c.due_at < only.overdue_at,
            or_(statements.c.acknowledged_at.is_(None), statements.c.acknowledged_at > only.overdue_at),
        ]
    if not only.every_version:
        conditions.append(_newer.c.statement_id.is_(None))
    return _READ.where(*conditions)


async def insert_statements(connection: AsyncConnection, begun: Iterable[FeedbackStatement]) -> set[str]:
    """Insert versions; returns the ids of those whose place among the versions was still free."""
    rows = [_row(each) for each in sorted(begun, key=lambda each: (each.member_id, each.version))]
    inserted = await insert_columns(
        connection, statements, rows, conflict="ignore", returning=statements.c.statement_id
    )
    return set(inserted)


async def update_statements(connection: AsyncConnection, changed: Iterable[FeedbackStatement]) -> None:
    """Store statements that are locked; the database refuses to change what was sent."""
    kept = {"period_id", "member_id", "version", "supersedes_id"}
    rows = [
        {name: value for name, value in _row(each).items() if name not in kept}
        for each in sorted(changed, key=lambda each: each.id)
    ]
    await update_columns(connection, statements.c.statement_id, rows)


def _row(statement: FeedbackStatement) -> dict[str, Any]:
    figures = statement.figures
    positions = {"service": dict(figures.service_positions), "points": dict(figures.points_positions)}
    return {
        "statement_id": statement.id,
        "period_id": statement.period_id,
        "member_id": statement.member_id,
        "version": statement.version,
        "supersedes_id": statement.supersedes_id,
        "community_id": statement.community_id,
        "work_unit_id": statement.work_unit_id,
        "state": statement.state,
        "service_minutes": figures.service_minutes,
        "activities": figures.activities,
        "wishes": figures.wishes,
        "merit_milli": figures.merit_milli,
        "positions": json.dumps(positions, sort_keys=True),
        "comment": statement.comment,
        "generated_at": statement.generated_at,
        "sent_at": statement.sent_at,
        "due_at": statement.due_at,
        "acknowledged_at": statement.acknowledged_at,
        "acknowledged_by": statement.acknowledged_by,
        "replied_at": statement.replied_at,
        "replied_by": statement.replied_by,
        "reply": statement.reply,
        "revision": statement.revision,
    }


def _statement(row: Any) -> FeedbackStatement:
    positions = json.loads(row.positions)
    return FeedbackStatement(
        id=row.statement_id,
        period_id=row.period_id,
        member_id=row.member_id,
        version=row.version,
        supersedes_id=row.supersedes_id,
        superseded_by_id=row.superseded_by_id,
        community_id=row.community_id,
        work_unit_id=row.work_unit_id,
        state=StatementState(row.state),
        figures=Figures(
            service_minutes=row.service_minutes,
            activities=row.activities,
            wishes=row.wishes,
            service_positions=positions["service"],
            merit_milli=row.merit_milli,
            points_positions=positions["points"],
        ),
        comment=row.comment,
        generated_at=row.generated_at,
        sent_at=row.sent_at,
        due_at=row.due_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        replied_at=row.replied_at,
        replied_by=row.replied_by,
        reply=row.reply,
        revision=row.revision,
    )
