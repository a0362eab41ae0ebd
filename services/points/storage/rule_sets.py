"""Reads and writes versions of rule sets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.points.domain.rule_set import RuleSet
from services.points.domain.timeline import RuleSetState, Timeline
from services.points.storage import rule_documents
from services.points.storage.tables import rule_sets


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuleSet:
    """A version and where it stands."""

    rule_set: RuleSet
    state: RuleSetState
    created_by: str
    approved_by: str = ""
    """Empty before."""


async def read_timeline(connection: AsyncConnection) -> Timeline:
    """Lay out what is approved, as this transaction sees it; it is small, so nobody keeps a copy."""
    statement = select(rule_sets).where(rule_sets.c.state == RuleSetState.APPROVED)
    return Timeline.of(_stored(row).rule_set for row in await connection.execute(statement))


async def read_rule_sets(connection: AsyncConnection, ids: Collection[str]) -> dict[str, StoredRuleSet]:
    """Read versions by id; unknown ids are left out."""
    statement = select(rule_sets).where(rule_sets.c.rule_set_id.in_(ids))
    return {row.rule_set_id: _stored(row) for row in await connection.execute(statement)}


async def read_page(connection: AsyncConnection, page: Page) -> tuple[list[StoredRuleSet], str]:
    """Read one page of versions by name and version, and the token of the next page."""
    statement = cut_out(select(rule_sets), page, rule_sets.c.name, rule_sets.c.version)
    found = (await connection.execute(statement)).all()
    rows, token = page.cut(found, key=lambda row: (row.name, row.version))
    return [_stored(row) for row in rows], token


async def lock_all(connection: AsyncConnection) -> dict[str, StoredRuleSet]:
    """Read every version and hold them until the end: what is approved next depends on all of them."""
    statement = select(rule_sets).order_by(rule_sets.c.rule_set_id).with_for_update()
    return {row.rule_set_id: _stored(row) for row in await connection.execute(statement)}


async def insert_rule_sets(work: Work, drafts: Sequence[StoredRuleSet]) -> set[str]:
    """Write drafts; returns the ids of those whose name and version were free."""
    rows = [
        {
            "rule_set_id": draft.rule_set.rule_set_id,
            "name": draft.rule_set.name,
            "version": draft.rule_set.version,
            "effective_from": draft.rule_set.effective_from,
            "rules": rule_documents.to_json(draft.rule_set.rules),
            "state": draft.state,
            "created_by": draft.created_by,
            "created_at": work.now,
            "approved_by": draft.approved_by,
        }
        for draft in sorted(drafts, key=lambda draft: (draft.rule_set.name, draft.rule_set.version))
    ]
    return await insert_free(work.connection, rule_sets.c.rule_set_id, rows)


async def approve_rule_sets(
    connection: AsyncConnection, approvers: Mapping[str, str], *, approved_at: datetime
) -> None:
    """Put versions in force, each by its approver; whether they may be is decided before."""
    statement = (
        update(rule_sets)
        .where(rule_sets.c.rule_set_id == bindparam("version_id"))
        .values(state=RuleSetState.APPROVED, approved_by=bindparam("approver"), approved_at=approved_at)
    )
    rows = [{"version_id": id_, "approver": approver} for id_, approver in approvers.items()]
    await connection.execute(statement, rows)


def _stored(row: Row[tuple[object, ...]]) -> StoredRuleSet:
    return StoredRuleSet(
        rule_set=RuleSet(
            rule_set_id=row.rule_set_id,
            name=row.name,
            version=row.version,
            effective_from=row.effective_from,
            rules=rule_documents.from_json(row.rules),
        ),
        state=RuleSetState(row.state),
        created_by=row.created_by,
        approved_by=row.approved_by,
    )
