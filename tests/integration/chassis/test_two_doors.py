"""The same request through two processes at once: whoever comes second gets the answer of the first."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from services.chassis.door import Door, Effect, Parcel
from services.chassis.faults import Fault
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work, Written
from tests.integration.chassis.notes import WriteNote, notes, open_database, open_door, parcel


class NoteTaken(Fault):
    """There is such a note already."""


async def write_unique(work: Work, commands: Sequence[WriteNote]) -> list[Written | Fault]:
    """Refuse what another transaction wrote first, as use cases do."""
    rows = [{"note_id": command.text, "text": command.text, "revision": 1} for command in commands]
    free = await insert_free(work.connection, notes.c.note_id, rows)
    return [Written(id=c.text) if c.text in free else NoteTaken() for c in commands]


class TestTheSameRequest:
    async def test_through_two_doors_at_once_gets_one_answer(self, postgres_url: str) -> None:
        async with open_database(postgres_url) as first_home, open_database(postgres_url) as second_home:
            first, second = open_door(first_home), open_door(second_home)
            running = [asyncio.create_task(door.run()) for door in (first, second)]

            async def write_late(work: Work, commands: Sequence[WriteNote]) -> list[Written | Fault]:
                if not overtaken.done():
                    overtaken.set_result(await send(first))
                return await write_unique(work, commands)

            async def send(door: Door) -> list[Effect | Fault]:
                usecase = write_unique if door is first else write_late
                sent = parcel("a", request_id="same")
                items = [replace(item, usecase=usecase) for item in sent.items]
                return await door.submit(Parcel(items=items, deadline=sent.deadline))

            overtaken: asyncio.Future[list[Effect | Fault]] = asyncio.get_running_loop().create_future()
            answer = await send(second)

            assert answer == overtaken.result()
            for task in running:
                task.cancel()
