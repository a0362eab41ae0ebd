"""Facts as `members` and `events` state them, with defaults."""

from datetime import datetime

from google.protobuf.message import Message
from linli.events.v1 import activity_pb2, wish_pb2
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.feed.v1.fact_pb2 import Fact, Subject
from linli.members.v1 import enrolment_pb2
from linli.members.v1.facts_pb2 import EnrolmentFact, MemberFact

from services.chassis.moments import timestamp
from tests.unit.points.factories import NEW_YEAR, day


def member_fact(member: str, *, merged_into: str = "", revision: int = 1) -> Fact:
    body = MemberFact(member_id=member, merged_into=merged_into)
    fact = _fact("members", member, body, at=NEW_YEAR, member=member, revision=revision)
    if merged_into:
        fact.subjects.add(kind="member", id=merged_into)
    return fact


def enrolment_fact(
    record: str,
    *,
    member: str = "ann",
    community: str = "east",
    since: datetime = NEW_YEAR,
    until: datetime | None = None,
    revision: int = 1,
    withdrawn: bool = False,
) -> Fact:
    states = enrolment_pb2.EnrolmentState
    standing = states.ENROLMENT_STATE_ENDED if until else states.ENROLMENT_STATE_ACTIVE
    body = EnrolmentFact(
        enrolment_id=record,
        member_id=member,
        community_id=community,
        state=states.ENROLMENT_STATE_WITHDRAWN if withdrawn else standing,
        enrolled_at=timestamp(since),
        ended_at=timestamp(until),
    )
    return _fact("members", record, body, at=since, member=member, revision=revision)


def hours_fact(
    record: str,
    *,
    member: str = "ann",
    minutes: int = 60,
    at: datetime | None = None,
    activity: str = "sweeping",
    revision: int = 1,
    revoked: bool = False,
) -> Fact:
    states = activity_pb2.AttendanceState
    body = HoursFact(
        attendance_id=record,
        activity_id=activity,
        member_id=member,
        state=states.ATTENDANCE_STATE_REVOKED if revoked else states.ATTENDANCE_STATE_CONFIRMED,
        confirmed_minutes=minutes,
    )
    return _fact("events", record, body, at=at or day(10), member=member, revision=revision)


def wish_fact(
    record: str,
    *,
    member: str = "ann",
    at: datetime | None = None,
    revision: int = 1,
    open_again: bool = False,
) -> Fact:
    states = wish_pb2.WishState
    body = WishFact(
        wish_id=record,
        claimer_member_id=member,
        state=states.WISH_STATE_CLAIMED if open_again else states.WISH_STATE_CONFIRMED,
    )
    return _fact("events", record, body, at=at or day(20), member=member, revision=revision)


def _fact(log: str, record: str, body: Message, *, at: datetime, member: str, revision: int = 1) -> Fact:
    fact = Fact(
        fact_id=f"{log}-{record}-{revision}",
        log=log,
        record_id=record,
        revision=revision,
        effective_at=timestamp(at),
        recorded_at=timestamp(at),
        subjects=[Subject(kind="member", id=member)],
    )
    fact.body.Pack(body, type_url_prefix="linli")
    return fact
