"""A producer that was restored to an earlier state, and what a consumer has of it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from services.chassis.facts.consumer import Consumer
from services.chassis.facts.pulling import Pull
from services.chassis.facts.rejoin import Rejoin
from services.chassis.jobs.verify import checks_of_facts
from services.chassis.sql.database import Database
from services.chassis.tables import (
    cursors,
    dirty_positions,
    dirty_subjects,
    facts,
    received_facts,
    received_subjects,
)
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import WriteNote, computed, notes, open_database, reader, state
from tests.integration.databases import findings
from tests.integration.restoring import back_up

CONSUMED = (cursors, received_facts, received_subjects, dirty_subjects, dirty_positions, computed)
PRODUCED = (facts, notes)


def new(text: str, note_id: str, revision: int = 1) -> WriteNote:
    return WriteNote(text=text, note_id=note_id, revision=revision)


def some(word: str, number: int) -> list[WriteNote]:
    return [new(f"{word} {n}", f"{word}{n}") for n in range(number)]


async def follow(home: Database, pull: Pull) -> None:
    """Keep and compute everything there is."""
    await receiver(home, pull).drain()
    while await applier(home).apply_some():
        pass


def rejoin_of(home: Database, pull: Pull, consumer: Consumer | None = None) -> Rejoin:
    return Rejoin(consumer=consumer or reader(), database=home, pull=pull)


async def kept(home: Database) -> dict[str, Any]:
    """Read all that a consumer has, but for how it came to it."""
    async with home.read() as connection:
        found = {
            table.name: sorted((await connection.execute(select(table))).all())
            for table in CONSUMED
            if table is not computed
        }
    # Of a log or a note of which nothing is left there may be a row that says so.
    found[cursors.name] = [row for row in found[cursors.name] if row.position]
    return {**found, "texts": {subject: text for subject, text in (await texts(home)).items() if text}}


async def verified(home: Database, pull: Pull) -> list[str]:
    return await findings(home, *checks_of_facts(logs=["notes"], pull=pull))


@asynccontextmanager
async def another(database_url: str, *, schema: str) -> AsyncGenerator[Database]:
    async with open_database(database_url.replace("linli.db", f"{schema}.db"), schema=schema) as database:
        yield database


async def restored(producer: Database, home: Database, pull: Pull, *, then: Sequence[WriteNote]) -> None:
    """Follow 20 + 10 facts, restore the producer to the first 20, and state others."""
    await state(producer, some("kept", 20))
    restore = await back_up(producer)
    lost = [*some("lost", 8), new("kept 3, corrected", "kept3", 2), new("kept 4, corrected", "kept4", 2)]
    await state(producer, lost)
    await follow(home, pull)
    await restore()
    if then:
        await state(producer, then)
