"""What received facts say of a member, in the words of the domain."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from google.protobuf.message import DecodeError
from linli.events.v1 import facts_pb2 as events_facts
from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.events.v1.wish_pb2 import WISH_STATE_CONFIRMED
from linli.feed.v1 import fact_pb2
from linli.members.v1 import facts_pb2 as members_facts
from linli.members.v1.facts_pb2 import EnrolmentFact

from services.chassis.facts.consumer import bodies_of, type_of
from services.chassis.moments import moment_of
from services.points.domain.affiliation import Affiliation, EnrolmentSpan
from services.points.domain.fact import Fact, RecordKey, Trigger
from services.points.usecases.settle_members import Known

MEMBER: Final = "member:"

BODIES: Final = {**bodies_of(members_facts), **bodies_of(events_facts)}
"""Every fact type that this service understands, by full name."""

_ENROLMENT: Final = EnrolmentFact.DESCRIPTOR.full_name
_HOURS: Final = HoursFact.DESCRIPTOR.full_name
_WISH: Final = WishFact.DESCRIPTOR.full_name


def known_of(latest: Iterable[fact_pb2.Fact]) -> Known:
    """Read the facts of one member, joined with the member's community of their day.

    Args:
        latest: The latest facts that name the member. One whose body cannot be read is left out: it is parked
            under its own name, and what else the member did counts meanwhile.
    """
    spans: list[EnrolmentSpan] = []
    scored: list[Fact] = []
    for fact in latest:
        with suppress(DecodeError):
            if (kind := type_of(fact)) == _ENROLMENT:
                spans.append(_span(EnrolmentFact.FromString(fact.body.value)))
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
