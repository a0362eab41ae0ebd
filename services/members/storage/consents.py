"""Reads and writes consents."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.derived import write_rows
from services.chassis.sql.paging import cut_out
from services.members.domain.consent import Consent, ConsentPurpose
from services.members.storage.person_tables import consents


async def read_consents(connection: AsyncConnection, consent_ids: Collection[str]) -> dict[str, Consent]:
    """Read consents by id; those that do not exist are left out."""
    statement = select(consents).where(is_among(consents.c.consent_id, consent_ids))
    return {row.consent_id: _consent(row) for row in await connection.execute(statement)}


async def read_consents_of(connection: AsyncConnection, member_ids: Collection[str]) -> Sequence[Consent]:
    """Read all consents of some members, in the order of time."""
    statement = select(consents).where(is_among(consents.c.member_id, member_ids))
    return [_consent(row) for row in await connection.execute(statement.order_by(consents.c.given_at))]


async def list_consents(
    connection: AsyncConnection, page: Page, *, member_id: str, at: datetime | None
) -> Sequence[Consent]:
    """Read consents of a member (in force at a time, if stated), as given; one more than the page holds."""
    statement = cut_out(select(consents), page, consents.c.given_at, consents.c.consent_id)
    statement = statement.where(consents.c.member_id == member_id)
    if at is not None:
        is_held = consents.c.revoked_at.is_(None) | (consents.c.revoked_at > at)
        statement = statement.where(consents.c.given_at <= at, is_held)
    return [_consent(row) for row in await connection.execute(statement)]


async def store_consents(connection: AsyncConnection, decided: Collection[Consent]) -> None:
    """Store consents of members that are locked, the last state of each."""
    rows = {
        consent.id: {
            "consent_id": consent.id,
            "member_id": consent.member_id,
            "purpose": consent.purpose,
            "given_at": consent.given_at,
            "revoked_at": consent.revoked_at,
            "revision": consent.revision,
        }
        for consent in decided
    }
    # What ends goes first: of one purpose one holds at a time.
    ended = [row for row in rows.values() if row["revoked_at"]]
    await write_rows(connection, consents, ended)
    await write_rows(connection, consents, [row for row in rows.values() if not row["revoked_at"]])


def _consent(row: Any) -> Consent:
    return Consent(
        id=row.consent_id,
        member_id=row.member_id,
        purpose=ConsentPurpose(row.purpose),
        given_at=row.given_at,
        revoked_at=row.revoked_at,
        revision=row.revision,
    )
