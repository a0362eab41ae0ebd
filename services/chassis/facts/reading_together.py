"""Reads a page of a log once for all who ask for it together, as all do who wait at its end when it grows."""

import asyncio
from typing import Final

from linli.feed.v1.fact_pb2 import Cursor

from services.chassis.facts.log import Page, read_after
from services.chassis.sql.database import Database

_Question = tuple[Database, str, int, str, int]


class SharedReads:
    """The reads that have been asked for and have not begun.

    Only those are shared: one that has begun may not see what rang the bell of whoever comes later.
    """

    def __init__(self) -> None:
        self._asked: Final[dict[_Question, asyncio.Task[Page]]] = {}

    async def read(self, database: Database, after: Cursor, *, facts_max: int) -> Page:
        """Read the facts after a cursor, in order; the page is everybody's, so nobody changes it.

        Raises:
            LogDiverged: The log does not hold the fact that the cursor names.
            DatabaseUnavailable: It cannot be reached.
        """
        question = (database, after.log_id, after.position, after.fact_id, facts_max)
        reading = self._asked.get(question)
        if reading is None:
            reading = self._asked[question] = asyncio.create_task(self._read(question, after))
            # Everybody may have given up before it failed; then its error is of no interest.
            reading.add_done_callback(lambda read: read.cancelled() or read.exception())
        # Who gives up must not take the others' answer with it.
        return await asyncio.shield(reading)

    async def _read(self, question: _Question, after: Cursor) -> Page:
        # A task begins after everybody who was woken with the one that made it has asked.
        del self._asked[question]
        database, *_, facts_max = question
        async with database.read() as connection:
            return await read_after(connection, after, facts_max=facts_max)
