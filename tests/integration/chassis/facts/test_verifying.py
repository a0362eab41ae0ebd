from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import delete, literal, select, update

from services.chassis.bells import Bell
from services.chassis.facts.receiver import Receiver
from services.chassis.jobs.verify import checks_of_facts
from services.chassis.sql.database import Database
from services.chassis.tables import facts, received_facts, received_subjects
from tests.integration.chassis.notes import WriteNote, open_database, reader, state
from tests.integration.databases import findings, pull_from


@pytest.fixture
async def producer(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        await state(database, [WriteNote(text=str(number), note_id=str(number)) for number in range(10)])
        yield database


@pytest.fixture
async def home(database_url: str, producer: Database) -> AsyncGenerator[Database]:
    async with open_database(database_url.replace("linli.db", "reader.db"), schema="reader") as database:
        receiver = Receiver(
            consumer=reader(),
            log="notes",
            database=database,
            pull=pull_from(producer),
            bell=Bell(),
            kept=Bell().ring,
        )
        await receiver.drain()
        yield database


async def found(home: Database, producer: Database) -> list[str]:
    return await findings(home, *checks_of_facts(logs=["notes"], pull=pull_from(producer, facts_max=3)))


class TestVerifying:
    async def test_finds_nothing_in_good_health(self, home: Database, producer: Database) -> None:
        assert await found(home, producer) == []

    async def test_finds_a_fact_that_no_log_ever_stated(self, home: Database, producer: Database) -> None:
        made_up = {"record_id": "made up", "position": 1_000}
        columns = [literal(made_up[c.name]) if c.name in made_up else c for c in received_facts.columns]
        names = [column.name for column in received_facts.columns]
        async with home.write() as connection:
            copied = select(*columns).where(received_facts.c.position == 1)
            await connection.execute(received_facts.insert().from_select(names, copied))
        assert len(await found(home, producer)) == 1

    async def test_finds_a_fact_that_was_lost(self, home: Database, producer: Database) -> None:
        async with home.write() as connection:
            await connection.execute(delete(received_facts).where(received_facts.c.position == 5))
        assert any("position 5 is missing" in finding for finding in await found(home, producer))

    async def test_finds_a_subject_that_leads_nowhere(self, home: Database, producer: Database) -> None:
        async with home.write() as connection:
            await connection.execute(delete(received_subjects).where(received_subjects.c.record_id == "4"))
        assert [finding.partition(": ")[2] for finding in await found(home, producer)] == [
            "record 4 is not found by note:4"
        ]

    async def test_finds_a_newest_revision_that_is_not_marked(
        self, home: Database, producer: Database
    ) -> None:
        async with home.write() as connection:
            await connection.execute(
                update(received_facts).where(received_facts.c.record_id == "4").values(latest=False)
            )
        assert [finding.partition(": ")[2] for finding in await found(home, producer)] == [
            "record 4 has not its newest revision as the latest"
        ]

    async def test_finds_a_gap_in_the_own_log(self, producer: Database) -> None:
        async with producer.write() as connection:
            await connection.execute(delete(facts).where(facts.c.position == 5))
        own, *_ = checks_of_facts(logs=[], pull=pull_from(producer))
        assert any("there are 9 facts" in finding for finding in await findings(producer, own))
