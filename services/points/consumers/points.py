"""Computes points from the facts of `members` and `events`."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.facts.consumer import Consumer
from services.chassis.work import Work
from services.points.consumers.member_facts import BODIES, MEMBER, read_persons
from services.points.usecases.settle_members import settle_members

NAME: Final = "points"
FOLLOWS: Final = ("members", "events")


def points_consumer(*, zone: ZoneInfo) -> Consumer:
    """Make the consumer of one installation.

    Args:
        zone: The district's.
    """

    async def apply(work: Work, subjects: Sequence[str]) -> None:
        persons = await read_persons(work.connection, [subject.removeprefix(MEMBER) for subject in subjects])
        await settle_members(
            work, zone=zone, members={member_id: person.known for member_id, person in persons.items()}
        )
        # A fact that still names a duplicate counts for the survivor.
        onward = {
            f"{MEMBER}{member_id}": f"{MEMBER}{person.merged_into}"
            for member_id, person in persons.items()
            if person.merged_into
        }
        await work.pass_on({of: to for of, to in onward.items() if to not in subjects})

    return Consumer(name=NAME, logs=FOLLOWS, bodies=BODIES, kinds=frozenset({"member"}), apply=apply)
