"""Stays that are over and wait for their confirmation, put into the database of `events` by SQL."""

from datetime import UTC, datetime
from typing import Final

import asyncpg  # type: ignore[import-untyped]

from services.chassis.facts.consumer import type_of
from tests.unit.points.stated import member_fact

MEMBERS: Final = 1_000
ACTIVITIES: Final = 100
MINUTES: Final = 90
STARTED_AT: Final = datetime(2025, 3, 1, 1, tzinfo=UTC)

_ACTIVITIES = """
INSERT INTO events.activities
SELECT 'activity-' || n, 'code-' || n, 'sweeping', 'community-' || n, 'PUBLISHED',
    $1::timestamptz, $1::timestamptz + interval '3 hours', $1::timestamptz, 1
FROM generate_series(0, $2::int - 1) n
"""
_ATTENDEES = "INSERT INTO events.attendees SELECT unnest($1::text[])"
_KNOWN = """
INSERT INTO events.received_facts
SELECT 'members', of.id, 1, of.number, $3, true, of.envelope
FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS of(id, envelope, number)
"""
_STAYS = """
INSERT INTO events.attendances
SELECT 'stay-' || lpad(n::text, 8, '0'), 'activity-' || n % $3::int, 'member-' || n % $4::int, 'SIGNED_OUT',
    $5::timestamptz, $5::timestamptz + make_interval(mins => $6), 0, '', '', '', 0
FROM generate_series($1::int, $2::int - 1) n
"""


def stay_id(number: int) -> str:
    return f"stay-{number:08}"


async def put_stays(url: str, *, stays: int) -> None:
    """Put numbered stays into a database that is migrated and otherwise empty."""
    facts = [member_fact(f"member-{number}") for number in range(MEMBERS)]
    ids = [fact.record_id for fact in facts]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_ACTIVITIES, STARTED_AT, ACTIVITIES)
        await connection.execute(_ATTENDEES, ids)
        envelopes = [fact.SerializeToString() for fact in facts]
        await connection.execute(_KNOWN, ids, envelopes, type_of(facts[0]))
        await connection.execute(_STAYS, 0, stays, ACTIVITIES, MEMBERS, STARTED_AT, MINUTES)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
