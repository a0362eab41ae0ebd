"""Computes points from the facts of `members` and `events`."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.facts.consumer import Consumer
from services.chassis.facts.received import read_latest_of
from services.chassis.work import Work, others_first
from services.points.consumers.member_facts import BODIES, MEMBER, known_of
from services.points.usecases.settle_members import Known, settle_members

NAME: Final = "points"
FOLLOWS: Final = ("members", "events")


def points_consumer(*, zone: ZoneInfo) -> Consumer:
    """Make the consumer of one installation.

    Args:
        zone: The district's.
    """

    async def apply(work: Work, subjects: Sequence[str]) -> None:
        latest = await read_latest_of(work.connection, subjects)
        members: dict[str, Known] = {}
        for subject, facts in latest.items():
            members[subject.removeprefix(MEMBER)] = known_of(facts)
            await others_first()
        await settle_members(work, zone=zone, members=members)

    return Consumer(name=NAME, logs=FOLLOWS, bodies=BODIES, kinds=frozenset({"member"}), apply=apply)
