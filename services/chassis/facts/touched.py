"""Which subjects received facts touch, and from which position on."""

from collections.abc import Sequence

from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import Consumer, unread_subject
from services.chassis.facts.received import read_subjects_of


async def read_touched(
    connection: AsyncConnection, consumer: Consumer, log: str, facts: Sequence[Fact]
) -> dict[str, int]:
    """Find the subjects that facts of one log, already stored, touch.

    A fact touches whom it names and whom an earlier revision of its record named. One that is not
    understood touches only itself, and will park.

    Returns:
        From subject to the position of the first of these facts that touches it.
    """
    first: dict[str, int] = {}
    positions: dict[str, int] = {}
    for fact in facts:
        if consumer.is_understood(fact):
            first[fact.record_id] = min(fact.position, first.get(fact.record_id, fact.position))
        else:
            positions[unread_subject(fact)] = fact.position
    if not consumer.kinds:
        return positions
    for record_id, subject in await read_subjects_of(connection, log, list(first)):
        if consumer.computes(subject):
            positions[subject] = min(first[record_id], positions.get(subject, first[record_id]))
    return positions
