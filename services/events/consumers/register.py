"""What the facts of `members` say that matters here: which ids exist.

The facts are kept, and whoever needs to know looks there (`storage/known.py`); nothing is computed.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import EnrolmentFact, GridNodeFact, MemberFact, WorkUnitFact

from services.chassis.facts.consumer import Consumer
from services.chassis.work import Work
from services.events.storage.known import MEMBERS


def subjects_of(_fact: Fact) -> Iterable[str]:
    """Make nothing dirty."""
    return ()


async def apply(_work: Work, _subjects: Sequence[str]) -> None:
    """Compute nothing."""


CONSUMER: Final = Consumer(
    name="events",
    logs=(MEMBERS,),
    bodies={
        body.DESCRIPTOR.full_name: body for body in (EnrolmentFact, GridNodeFact, MemberFact, WorkUnitFact)
    },
    subjects_of=subjects_of,
    apply=apply,
)
