"""What the facts of `events` say about who took part."""

from collections.abc import Collection, Iterable, Sequence

from linli.events.v1 import facts_pb2
from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.events.v1.wish_pb2 import WISH_STATE_CONFIRMED
from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import Consumer, FactNotUnderstood, bodies_of
from services.chassis.facts.received import read_latest_of
from services.chassis.moments import moment_of
from services.chassis.work import Work
from services.members.domain.participation import Participation
from services.members.domain.policy import ParticipationKind
from services.members.storage.merges import read_duplicates, read_merged
from services.members.usecases.derive_participations import derive_participations

FOLLOWS = ("events",)
MEMBER = "member:"


def participations_of(subject: str, latest: Iterable[Fact]) -> set[Participation]:
    """Read from the latest facts about a member when the member took part, and in what."""
    return {
        Participation(
            member_id=subject.removeprefix(MEMBER),
            log=fact.log,
            record_id=fact.record_id,
            effective_at=moment_of(fact.effective_at),
            kind=counted[0],
            minutes=counted[1],
        )
        for fact in latest
        if (counted := _counted(fact))
    }


async def read_participations_due(
    connection: AsyncConnection, subjects: Collection[str]
) -> dict[str, set[Participation]]:
    """Derive who of these members took part, and when, from what was recorded of them and their duplicates.

    Whoever was merged took part in nothing: it is the survivor's.
    """
    member_ids = [subject.removeprefix(MEMBER) for subject in subjects]
    merged = await read_merged(connection, member_ids)
    duplicates = await read_duplicates(connection, member_ids)
    latest = await read_latest_of(connection, {*subjects, *(f"{MEMBER}{each}" for each in duplicates)})
    due: dict[str, set[Participation]] = {member_id: set() for member_id in member_ids}
    for subject, facts in latest.items():
        member_id = subject.removeprefix(MEMBER)
        person_id = duplicates.get(member_id) or member_id
        if person_id not in merged:
            due[person_id] |= participations_of(f"{MEMBER}{person_id}", facts)
    return due


async def apply(work: Work, subjects: Sequence[str]) -> None:
    """Derive anew who of these members took part, and when."""
    await derive_participations(work, await read_participations_due(work.connection, subjects))
    merged = await read_merged(work.connection, [subject.removeprefix(MEMBER) for subject in subjects])
    # A fact that still names a duplicate counts for the survivor.
    onward = {f"{MEMBER}{duplicate}": f"{MEMBER}{survivor}" for duplicate, survivor in merged.items()}
    await work.pass_on({of: to for of, to in onward.items() if to not in subjects})


CONSUMER = Consumer(
    name="members",
    logs=FOLLOWS,
    bodies=bodies_of(facts_pb2),
    kinds=frozenset({"member"}),
    apply=apply,
)


def _counted(fact: Fact) -> tuple[ParticipationKind, int] | None:
    """Say in what somebody took part, and for how many minutes; None: it states nothing that counts."""
    try:
        body = CONSUMER.body_of(fact)
    except FactNotUnderstood:
        # It is parked under its own name; what else the member did counts meanwhile.
        return None
    if isinstance(body, HoursFact) and body.state == ATTENDANCE_STATE_CONFIRMED:
        return ParticipationKind.HOURS, body.confirmed_minutes
    if isinstance(body, WishFact) and body.state == WISH_STATE_CONFIRMED:
        return ParticipationKind.WISH, 0
    return None
