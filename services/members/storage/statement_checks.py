"""What must hold of feedback statements; `verify` looks for breaches."""

from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import check_statements
from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.storage.checks import stating
from services.members.storage.feedback_tables import feedback_statements as statements
from services.members.storage.statement_facts import of_statement
from services.members.storage.statements import read_statements


def checks_of_statements() -> list[Check]:
    """List the laws of feedback statements."""
    return [
        check_statements(
            name="feedback statements equal their facts",
            key=statements.c.statement_id,
            read=stating(read_statements, of_statement),
        ),
        Check(name="what was sent says what it rests on and when it is due", chunk=_check_sent),
        Check(
            name="versions of a statement have no gap, each in the place of the last", chunk=_check_versions
        ),
    ]


async def _check_sent(connection: AsyncConnection, _next: Any) -> Checked:
    is_incomplete = or_(
        statements.c.due_at <= statements.c.sent_at,
        statements.c.positions.in_(("", "{}")),
    )
    is_sent = statements.c.sent_at.is_not(None)
    breaches = select(statements.c.statement_id).where(is_sent, is_incomplete).limit(FINDINGS_MAX)
    found = (await connection.execute(breaches)).scalars()
    compared = await connection.execute(select(func.count()).select_from(statements).where(is_sent))
    return Checked(
        compared=compared.scalar_one(), findings=[f"statement {each} is not complete" for each in found]
    )


async def _check_versions(connection: AsyncConnection, _next: Any) -> Checked:
    before = statements.alias("before")
    is_next = and_(
        before.c.statement_id == statements.c.supersedes_id,
        before.c.member_id == statements.c.member_id,
        before.c.period_id == statements.c.period_id,
        before.c.version == statements.c.version - 1,
    )
    breaches = (
        select(statements.c.statement_id)
        .outerjoin(before, is_next)
        .where(statements.c.version > 1, before.c.statement_id.is_(None))
        .limit(FINDINGS_MAX)
    )
    found = (await connection.execute(breaches)).scalars()
    compared = await connection.execute(select(func.count()).select_from(statements))
    return Checked(
        compared=compared.scalar_one(),
        findings=[f"statement {each} follows no version" for each in found],
    )
