"""What the facts of `events` say about who took part."""

from collections.abc import Iterable, Sequence

from linli.events.v1 import facts_pb2
from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.events.v1.wish_pb2 import WISH_STATE_CONFIRMED
from linli.feed.v1.fact_pb2 import Fact

from services.chassis.facts.consumer import Consumer, FactNotUnderstood, bodies_of
from services.chassis.facts.received import read_latest_of
from services.chassis.moments import moment_of
from services.chassis.work import Work
from services.members.domain.participation import Participation
from services.members.usecases.derive_participations import derive_participations

FOLLOWS = ("events",)
MEMBER = "member:"


def participations_of(subject: str, latest: Iterable[Fact]) -> set[Participation]:
    """Read from the latest facts about a member when the member took part."""
    return {
        Participation(
            member_id=subject.removeprefix(MEMBER),
            log=fact.log,
            record_id=fact.record_id,
            effective_at=moment_of(fact.effective_at),
        )
        for fact in latest
        if _counts(fact)
    }


async def apply(work: Work, subjects: Sequence[str]) -> None:
    """Derive anew who of these members took part, and when."""
    latest = await read_latest_of(work.connection, subjects)
    derived = {
        subject.removeprefix(MEMBER): participations_of(subject, facts) for subject, facts in latest.items()
    }
    await derive_participations(work, derived)


CONSUMER = Consumer(
    name="members",
    logs=FOLLOWS,
    bodies=bodies_of(facts_pb2),
    kinds=frozenset({"member"}),
    apply=apply,
)


def _counts(fact: Fact) -> bool:
    """Say whether the fact states that somebody took part, and not that it was withdrawn."""
    try:
        body = CONSUMER.body_of(fact)
    except FactNotUnderstood:
        # It is parked under its own name; what else the member did counts meanwhile.
        return False
    if isinstance(body, HoursFact):
        return body.state == ATTENDANCE_STATE_CONFIRMED
    return isinstance(body, WishFact) and body.state == WISH_STATE_CONFIRMED
