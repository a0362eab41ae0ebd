from sqlalchemy import literal, select

from services.chassis.doorbell import Bell
from services.chassis.facts.receiver import Receiver
from services.chassis.jobs.verify import checks_of_facts
from services.chassis.tables import received_facts
from tests.integration.chassis.notes import WriteNote, open_database, reader, state
from tests.integration.databases import findings, pull_from


class TestVerifying:
    async def test_finds_a_fact_that_no_log_ever_stated(self, database_url: str) -> None:
        home_url = database_url.replace("linli.db", "reader.db")
        async with (
            open_database(database_url) as producer,
            open_database(home_url, schema="reader") as home,
        ):
            await state(producer, [WriteNote(text=str(number)) for number in range(10)])
            pull, bell = pull_from(producer), Bell()
            await Receiver(
                consumer=reader(), log="notes", database=home, pull=pull, bell=bell, received=Bell()
            ).drain()
            assert await findings(home, *checks_of_facts(logs=["notes"], pull=pull_from(producer))) == []

            made_up = {"record_id": "made up", "position": 1_000}
            columns = [literal(made_up[c.name]) if c.name in made_up else c for c in received_facts.columns]
            async with home.write() as connection:
                copied = select(*columns).where(received_facts.c.position == 1)
                names = [column.name for column in received_facts.columns]
                await connection.execute(received_facts.insert().from_select(names, copied))

            assert len(await findings(home, *checks_of_facts(logs=["notes"], pull=pull_from(producer)))) == 1
