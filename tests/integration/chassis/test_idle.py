"""A transaction may stand still on PostgreSQL while it computes, and not for long under the log's lock."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.bells import Bell
from services.chassis.facts import log
from services.chassis.facts.applier import Applier
from services.chassis.facts.receiver import Receiver
from services.chassis.faults import DatabaseUnavailable
from services.chassis.sql.database import Database
from services.chassis.work import Work
from tests.integration.chassis.notes import (
    FACTS_A_PULL,
    WriteNote,
    computed,
    open_database,
    reader,
    state,
    write_note,
)
from tests.integration.databases import count, pull_from

LONG_SECONDS = 2.5
"""Longer than the log may stand still."""


@pytest.fixture
async def home(postgres_url: str) -> AsyncGenerator[Database]:
    async with open_database(postgres_url, schema="reader") as database:
        yield database


class TestStandingStill:
    async def test_an_applier_may_compute_for_longer_than_the_lock_may_be_held(
        self, postgres_url: str, home: Database
    ) -> None:
        plain = reader()

        async def apply_slowly(work: Work, subjects: Sequence[str]) -> None:
            await asyncio.sleep(LONG_SECONDS)
            await plain.apply(work, subjects)

        async with open_database(postgres_url) as producer:
            await state(producer, [WriteNote(text="a")])
            pull = pull_from(producer, facts_max=FACTS_A_PULL)
            receiver = Receiver(
                consumer=plain, log="notes", database=home, pull=pull, bell=Bell(), kept=Bell().ring
            )
            await receiver.drain()
        consumer = replace(plain, apply=apply_slowly)
        applier = Applier(consumer=consumer, database=home, received=Bell(), stated=Bell())

        await applier.apply_some()

        assert await count(home, computed) == 1

    async def test_a_frozen_holder_of_the_log_is_ended(self, home: Database) -> None:
        async def freeze(connection: AsyncConnection) -> None:
            work = Work(
                connection=connection, now=await home.now(connection), log="notes", dialect=home.dialect
            )
            await write_note(work, [WriteNote(text="a")])
            await log.append(connection, work.stated, log="notes", dialect=home.dialect)
            await asyncio.sleep(LONG_SECONDS)
            await log.read_head(connection)

        with pytest.raises(DatabaseUnavailable):
            await home.transact(freeze)
