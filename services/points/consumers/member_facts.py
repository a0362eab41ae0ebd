"""What received facts say of a member, in the words of the domain."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from linli.events.v1 import facts_pb2 as events_facts
from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.events.v1.wish_pb2 import WISH_STATE_CONFIRMED
from linli.feed.v1 import fact_pb2
from linli.members.v1 import facts_pb2 as members_facts
from linli.members.v1.enrolment_pb2 import ENROLMENT_STATE_WITHDRAWN
from linli.members.v1.facts_pb2 import EnrolmentFact, MemberFact
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import bodies_of, type_of
from services.chassis.facts.received import read_latest_of
from services.chassis.moments import moment_of
from services.chassis.work import others_first
from services.points.domain.affiliation import Affiliation, EnrolmentSpan
from services.points.domain.fact import Fact, RecordKey, Trigger
from services.points.usecases.settle_members import Known

MEMBER: Final = "member:"

BODIES: Final = {**bodies_of(members_facts), **bodies_of(events_facts)}
"""Every fact type that this service understands, by full name."""

_MEMBER: Final = MemberFact.DESCRIPTOR.full_name
_ENROLMENT: Final = EnrolmentFact.DESCRIPTOR.full_name
_HOURS: Final = HoursFact.DESCRIPTOR.full_name
_WISH: Final = WishFact.DESCRIPTOR.full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a member, and of everybody who turned out to be that member."""

    merged_into: str | None
    """Whom the member turned out to be; then all that is known counts there, and nothing here."""
    duplicate_ids: frozenset[str]
    known: Known


async def read_persons(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Person]:
    """Read what is known of members, by member id."""
    subjects = {f"{MEMBER}{member_id}": member_id for member_id in member_ids}
    latest = await read_latest_of(connection, subjects)
    stated = {member_id: _merges(member_id, latest[subject]) for subject, member_id in subjects.items()}
    duplicates = {f"{MEMBER}{id_}" for _, duplicate_ids in stated.values() for id_ in duplicate_ids}
    of_duplicates = await read_latest_of(connection, duplicates) if duplicates else {}
    persons: dict[str, Person] = {}
    for subject, member_id in subjects.items():
        merged_into, duplicate_ids = stated[member_id]
        facts = [] if merged_into else latest[subject]
        for duplicate_id in () if merged_into else sorted(duplicate_ids):
            facts = facts + of_duplicates[f"{MEMBER}{duplicate_id}"]
        persons[member_id] = Person(
            merged_into=merged_into, duplicate_ids=duplicate_ids, known=known_of(facts)
        )
        await others_first()
    return persons


def _merges(member_id: str, latest: Iterable[fact_pb2.Fact]) -> tuple[str | None, frozenset[str]]:
    """Read whom a member was merged into, and who was merged into it."""
    merged_into: str | None = None
    duplicate_ids: set[str] = set()
    for fact in latest:
        if type_of(fact) == _MEMBER:
            with suppress(DecodeError):
                body = MemberFact.FromString(fact.body.value)
                if body.member_id == member_id:
                    merged_into = body.merged_into or None
                elif body.merged_into == member_id:
                    duplicate_ids.add(body.member_id)
    return merged_into, frozenset(duplicate_ids)


def known_of(latest: Iterable[fact_pb2.Fact]) -> Known:
    """Read the facts of one person, joined with the person's community of their day.

    Args:
        latest: The latest facts that name the person, in any order, some of them perhaps twice. One whose
            body cannot be read is left out: it is parked under its own name, and what else was done counts
            meanwhile.
    """
    spans: list[EnrolmentSpan] = []
    scored: list[Fact] = []
    for fact in latest:
        with suppress(DecodeError):
            if (kind := type_of(fact)) == _ENROLMENT:
                body = EnrolmentFact.FromString(fact.body.value)
                # One that was withdrawn is as if it had never been.
                if body.state != ENROLMENT_STATE_WITHDRAWN:
                    spans.append(_span(body))
            elif kind == _HOURS:
                scored.append(_of_hours(fact, HoursFact.FromString(fact.body.value)))
            elif kind == _WISH:
                scored.append(_of_wish(fact, WishFact.FromString(fact.body.value)))
    affiliation = Affiliation.of(spans)
    return Known(
        facts=[each._replace(community_id=affiliation.community_at(each.effective_at)) for each in scored]
    )


def _span(body: EnrolmentFact) -> EnrolmentSpan:
    return EnrolmentSpan(
        community_id=body.community_id,
        enrolled_at=moment_of(body.enrolled_at),
        ended_at=moment_of(body.ended_at) if body.HasField("ended_at") else None,
    )


def _of_hours(fact: fact_pb2.Fact, body: HoursFact) -> Fact:
    return Fact(
        record=RecordKey(fact.log, fact.record_id),
        revision=fact.revision,
        trigger=Trigger.HOURS,
        effective_at=moment_of(fact.effective_at),
        counts=body.state == ATTENDANCE_STATE_CONFIRMED,
        minutes=body.confirmed_minutes,
        activity_id=body.activity_id,
    )


def _of_wish(fact: fact_pb2.Fact, body: WishFact) -> Fact:
    return Fact(
        record=RecordKey(fact.log, fact.record_id),
        revision=fact.revision,
        trigger=Trigger.WISH,
        effective_at=moment_of(fact.effective_at),
        counts=body.state == WISH_STATE_CONFIRMED,
    )
