"""Whoever follows the log of notes: what receives, what computes, and what came of it."""

from sqlalchemy import select

from services.chassis.bells import Bell
from services.chassis.facts.applier import Applier
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.pulling import Pull
from services.chassis.facts.receiver import Receiver
from services.chassis.sql.database import Database
from tests.integration.chassis.notes import computed, reader


def receiver(home: Database, pull: Pull, consumer: Consumer | None = None) -> Receiver:
    return Receiver(
        consumer=consumer or reader(),
        log="notes",
        database=home,
        pull=pull,
        bell=Bell(),
        kept=Bell().ring,
    )


def applier(home: Database, consumer: Consumer | None = None) -> Applier:
    return Applier(consumer=consumer or reader(), database=home, received=Bell(), stated=Bell())


async def texts(home: Database) -> dict[str, str]:
    async with home.read() as connection:
        rows = await connection.execute(select(computed.c.subject, computed.c.texts))
        return dict(rows.all())
