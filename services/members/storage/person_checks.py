"""What must hold of what is kept about persons; `verify` looks for breaches. No finding tells a value."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.storage.person_tables import availabilities, consents, member_terms, vocabulary_terms
from services.members.storage.personal_details import has_details, is_named
from services.members.storage.tables import members

Chunk = Callable[[AsyncConnection, Any], Awaitable[Checked]]


def checks_of_persons() -> list[Check]:
    """List the laws of what is kept about persons."""
    is_somebody = members.c.erased_at.is_(None) & members.c.merged_into.is_(None)
    return [
        Check(
            name="a member has personal details",
            chunk=_none(members, is_somebody & ~is_named(members.c.member_id), "member {} has none"),
        ),
        Check(
            name="of an erased member nothing is left",
            chunk=_none(members, members.c.erased_at.is_not(None) & _is_known(), "of member {} there is"),
        ),
        Check(
            name="what members can and offer is in the vocabulary",
            chunk=_none(member_terms, ~_is_term(), "member {} has another term"),
        ),
        Check(
            name="availability does not overlap",
            chunk=_none(availabilities, _overlaps(), "of member {} it does"),
        ),
        Check(
            name="consents of a purpose follow each other",
            chunk=_none(consents, _is_held_twice(), "those of member {} overlap"),
        ),
    ]


def _none(table: FromClause, breaks: ColumnElement[bool], finding: str) -> Chunk:
    """Look for rows of members that break a law, in one go."""

    async def chunk(connection: AsyncConnection, _next: Any) -> Checked:
        found: Select[tuple[str]] = select(table.c.member_id).where(breaks).distinct().limit(FINDINGS_MAX)
        member_ids = (await connection.execute(found.order_by(table.c.member_id))).scalars()
        findings = [finding.format(member_id) for member_id in member_ids]
        compared = await connection.execute(select(func.count()).select_from(table))
        return Checked(compared=compared.scalar_one(), findings=findings)

    return chunk


def _is_known() -> ColumnElement[bool]:
    return or_(
        has_details(members.c.member_id),
        exists().where(member_terms.c.member_id == members.c.member_id),
        exists().where(availabilities.c.member_id == members.c.member_id),
    )


def _is_term() -> ColumnElement[bool]:
    return exists().where(
        vocabulary_terms.c.kind == member_terms.c.kind, vocabulary_terms.c.code == member_terms.c.code
    )


def _overlaps() -> ColumnElement[bool]:
    other = availabilities.alias()
    return exists().where(
        other.c.member_id == availabilities.c.member_id,
        other.c.weekday == availabilities.c.weekday,
        other.c.starts_minute > availabilities.c.starts_minute,
        other.c.starts_minute < availabilities.c.ends_minute,
    )


def _is_held_twice() -> ColumnElement[bool]:
    other = consents.alias()
    return exists().where(
        and_(
            other.c.member_id == consents.c.member_id,
            other.c.purpose == consents.c.purpose,
            other.c.consent_id != consents.c.consent_id,
            other.c.given_at >= consents.c.given_at,
            or_(consents.c.revoked_at.is_(None), other.c.given_at < consents.c.revoked_at),
        )
    )
