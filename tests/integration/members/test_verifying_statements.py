from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from services.members.storage.checks import checks_of_register
from services.members.storage.feedback_tables import feedback_statements
from services.members.storage.statement_checks import checks_of_statements
from tests.integration.databases import findings
from tests.integration.members.feedback import Town, moment, open_town
from tests.integration.members.register import open_register


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncGenerator[Town]:
    async with open_register(database_url) as register, open_town(register, tmp_path) as town:
        yield town


async def found(town: Town) -> list[str]:
    return await findings(town.database, *checks_of_statements(), *checks_of_register())


class TestVerifyingStatements:
    async def test_finds_nothing_in_what_the_service_wrote_and_whatever_somebody_altered(
        self, town: Town
    ) -> None:
        await town.enrolled("ann", "bo", "cy")
        drafts = await town.generated()
        second, third = (each.statement_id for each in drafts[1:])
        await town.send(drafts[:1])
        await town.acknowledge(drafts[0])
        new_id = (await town.correct(drafts[0])).written.id
        await town.work()
        assert await found(town) == []

        async with town.database.write() as connection:
            of_second = feedback_statements.c.statement_id == second
            await connection.execute(
                update(feedback_statements).where(of_second).values(version=3, supersedes_id=third)
            )
        law = "versions of a statement have no gap, each in the place of the last"
        assert sorted(await found(town)) == [
            f"feedback statements equal their facts: record {second} differs from its fact",
            f"{law}: statement {second} follows no version",
        ]

        async with town.database.write() as connection:
            row = (await connection.execute(select(feedback_statements).where(of_second))).mappings().one()
            due_before = {"sent_at": moment(9, 1), "due_at": moment(8, 1), "state": "SENT", "version": 4}
            await connection.execute(
                insert(feedback_statements).values(
                    {**row, **due_before, "statement_id": "made-up", "supersedes_id": second}
                )
            )
        law = "what was sent says what it rests on and when it is due"
        assert {
            f"{law}: statement made-up is not complete",
            "feedback statements equal their facts: record made-up was never stated",
        } <= set(await found(town))

        async with town.database.write() as connection:
            of_new = feedback_statements.c.statement_id == new_id
            await connection.execute(delete(feedback_statements).where(of_new))
        assert f"the log states no record that is not held: record {new_id} is gone" in await found(town)
