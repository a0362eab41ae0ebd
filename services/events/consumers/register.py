"""What the facts of `members` say that matters here: which ids exist.

The facts are kept, and whoever needs to know looks there (`storage/known.py`); nothing is computed.
"""

from collections.abc import Sequence
from typing import Final

from linli.members.v1 import facts_pb2

from services.chassis.facts.consumer import Consumer, bodies_of
from services.chassis.work import Work
from services.events.storage.known import MEMBERS


async def apply(_work: Work, _subjects: Sequence[str]) -> None:
    """Compute nothing."""


CONSUMER: Final = Consumer(
    name="events",
    logs=(MEMBERS,),
    bodies=bodies_of(facts_pb2),
    kinds=frozenset(),
    apply=apply,
)
