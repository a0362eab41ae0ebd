"""What the facts of `members` say that matters here: which ids exist.

The facts are kept, and whoever needs to know looks there (`storage/known.py`); nothing is computed.
"""

from collections.abc import Sequence
from typing import Final

from linli.members.v1.facts_pb2 import EnrolmentFact, GridNodeFact, MemberFact, WorkUnitFact

from services.chassis.facts.consumer import Consumer
from services.chassis.work import Work
from services.events.storage.known import MEMBERS


async def apply(_work: Work, _subjects: Sequence[str]) -> None:
    """Compute nothing."""


CONSUMER: Final = Consumer(
    name="events",
    logs=(MEMBERS,),
    bodies={
        body.DESCRIPTOR.full_name: body for body in (EnrolmentFact, GridNodeFact, MemberFact, WorkUnitFact)
    },
    kinds=frozenset(),
    apply=apply,
)
