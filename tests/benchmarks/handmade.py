"""The rows of confirmed hours by hand-made SQL, and by a bare COPY: what PostgreSQL alone can do.

    {"ask": "sql", "size": 500, "batches": 16, "first": 0}   updates stays, inserts requests and facts
    {"ask": "copy", "size": 500, "batches": 16, "first": 0}  copies the facts alone into a table like theirs

Run as `python -m tests.benchmarks.handmade URL`. All values are made before the clock starts.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from services.chassis.facts.log import lock_key
from services.chassis.ids import new_id
from tests.benchmarks.programs import Answer, answer_questions, say
from tests.benchmarks.stays import MINUTES, stay_id
from tests.unit.points.stated import hours_fact

COPIED: Final = "benchmark_copied"
_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
_CONFIRM: Final = f"""
WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
        WITH ORDINALITY AS of(stay_id, request_id, fact_id, envelope, place)
), confirmed AS (
    UPDATE events.attendances SET state = 'CONFIRMED', confirmed_minutes = {MINUTES},
        confirmed_by = 'service:benchmark', revision = revision + 1
    FROM given WHERE attendance_id = stay_id AND state = 'SIGNED_OUT'
), kept AS (
    INSERT INTO events.requests
    SELECT 'service:benchmark', 'linli.events.v1.ActivityService/ConfirmHours', request_id, 'hand',
        '{{"attendance_id": "0123456789abcdef"}}', stay_id, fact_id, $5
    FROM given
)
INSERT INTO events.facts
SELECT (SELECT coalesce(max(position), 0) FROM events.facts) + place, fact_id, stay_id, 1, envelope
FROM given
"""  # noqa: S608 - our own number
_FACT_COLUMNS: Final = ("position", "fact_id", "record_id", "revision", "envelope")


class Hand:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._copied = 0

    async def answer(self, question: Answer) -> Answer:
        kind = question.pop("ask")
        batches = _batches(**question)
        write = {"sql": self._confirm, "copy": self._copy}[kind]
        started = time.perf_counter()
        for batch in batches:
            await write(batch)
        elapsed = time.perf_counter() - started
        items = sum(map(len, batches))
        return {"items": items, "items_per_second": items / elapsed}

    async def _confirm(self, batch: list[tuple[str, str, str, bytes]]) -> None:
        async with self._connection.transaction():
            await self._connection.execute(_LOCK, lock_key("events"))
            await self._connection.execute(_CONFIRM, *zip(*batch, strict=True), datetime.now(UTC))

    async def _copy(self, batch: list[tuple[str, str, str, bytes]]) -> None:
        rows = [
            (place, fact_id, stay, 1, envelope)
            for place, (stay, _, fact_id, envelope) in enumerate(batch, start=self._copied)
        ]
        self._copied += len(rows)
        await self._connection.copy_records_to_table(COPIED, records=rows, columns=_FACT_COLUMNS)


def _batches(*, size: int, batches: int, first: int) -> list[list[tuple[str, str, str, bytes]]]:
    return [
        [_item(number) for number in range(start, start + size)]
        for start in range(first, first + size * batches, size)
    ]


def _item(number: int) -> tuple[str, str, str, bytes]:
    stay, fact_id = stay_id(number), new_id()
    fact = hours_fact(stay, member=f"member-{number % 1000}", minutes=MINUTES)
    fact.fact_id = fact_id
    return stay, f"confirm-{number}", fact_id, fact.SerializeToString()


async def work(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE TABLE {COPIED} (LIKE events.facts INCLUDING ALL)")
    say({})
    await answer_questions(Hand(connection).answer)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
