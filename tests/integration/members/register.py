"""A register on a real database, filled through its use cases, and a log of `events` beside it."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import StringValue
from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED, ATTENDANCE_STATE_REVOKED
from linli.events.v1.facts_pb2 import HoursFact, WishFact
from linli.events.v1.wish_pb2 import WISH_STATE_CONFIRMED
from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import Table

from services.chassis.bells import Bell
from services.chassis.facts.applier import Applier
from services.chassis.facts.receiver import Receiver
from services.chassis.faults import Fault
from services.chassis.sql.database import Database
from services.chassis.work import UseCase, Written
from services.members.bootstrap import DECLARATION
from services.members.consumers.participation import CONSUMER
from services.members.domain.grid import Level
from services.members.domain.register import MemberType
from services.members.usecases.correct_enrolments import correct_enrolments as correct_enrolments_in
from services.members.usecases.create_members import CreateMember, create_members
from services.members.usecases.create_nodes import CreateNode, create_nodes
from services.members.usecases.end_enrolments import end_enrolments as end_enrolments_in
from services.members.usecases.enrol import Enrol
from services.members.usecases.enrol import enrol as enrol_in
from services.members.usecases.renew_enrolments import renew_enrolments as renew_enrolments_in
from services.members.usecases.transfer_enrolments import transfer_enrolments as transfer_enrolments_in
from tests.integration import databases

MARCH = datetime(2025, 3, 1, tzinfo=UTC)
JUNE = datetime(2025, 6, 1, tzinfo=UTC)
DESK = "service:test"
SHANGHAI = ZoneInfo(databases.ZONE)

enrol = partial(enrol_in, zone=SHANGHAI)
end_enrolments = partial(end_enrolments_in, zone=SHANGHAI)
transfer_enrolments = partial(transfer_enrolments_in, zone=SHANGHAI)
correct_enrolments = partial(correct_enrolments_in, zone=SHANGHAI)
renew_enrolments = partial(renew_enrolments_in, zone=SHANGHAI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Runs use cases, each batch in a transaction of its own."""

    database: Database

    async def run(self, usecase: UseCase[Any], *commands: object) -> list[Written | Fault]:
        return await databases.run(self.database, usecase, *commands)

    async def written(self, usecase: UseCase[Any], *commands: object) -> list[str]:
        return await databases.written(self.database, usecase, *commands)

    async def community(self, *, code: str = "c1", since: datetime = MARCH) -> str:
        """Make the district, a street and a community."""
        parent_id: str | None = None
        for level in (Level.DISTRICT, Level.STREET, Level.COMMUNITY):
            called = f"{code}-{level}" if level < Level.COMMUNITY else code
            (parent_id,) = await self.written(create_nodes, node(called, level, parent_id, occurred_at=since))
        assert parent_id
        return parent_id

    async def members(self, *codes: str, **others: Any) -> list[str]:
        return await self.written(create_members, *(member(code, **others) for code in codes))

    async def enrolled(self, *codes: str, community_id: str, at: datetime = MARCH) -> list[str]:
        """Register members and enrol them; returns the members' ids."""
        member_ids = await self.members(*codes)
        commands = [
            Enrol(member_id=each, community_id=community_id, occurred_at=at, stated_by=DESK)
            for each in member_ids
        ]
        await self.written(enrol, *commands)
        return member_ids

    async def facts(self) -> list[Fact]:
        return await databases.stated(self.database)

    async def count(self, table: Table) -> int:
        return await databases.count(self.database, table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """A real log named `events`, and the members' receiver and applier that follow it."""

    database: Database
    follower: Database

    async def state(self, *hours: HoursFact, revision: int = 1) -> None:
        """State hours of members; the record is the attendance."""
        await self._state(
            (body.attendance_id, body.member_id, body.signed_in_at.ToDatetime(tzinfo=UTC), revision, body)
            for body in hours
        )

    async def state_wish(self, wish_id: str, member_id: str, *, at: datetime = MARCH) -> None:
        """State that a member fulfilled a wish."""
        body = WishFact(wish_id=wish_id, claimer_member_id=member_id, state=WISH_STATE_CONFIRMED)
        body.fulfilled_at.FromDatetime(at)
        await self._state([(wish_id, member_id, at, 1, body)])

    async def state_strange(self, record_id: str, member_id: str) -> None:
        """State something about a member that nobody has heard of."""
        await self._state([(record_id, member_id, MARCH, 1, StringValue(value="strange"))])

    async def _state(self, stated: Iterable[tuple[str, str, datetime, int, Message]]) -> None:
        async with databases.working(self.database) as work:
            for record_id, member_id, effective_at, revision, body in stated:
                work.state(
                    record_id=record_id,
                    revision=revision,
                    effective_at=effective_at,
                    subjects=[("member", member_id), ("activity", "a1")],
                    body=body,
                )

    async def receive(self) -> None:
        receiver = Receiver(
            consumer=CONSUMER,
            log="events",
            database=self.follower,
            pull=databases.pull_from(self.database),
            bell=Bell(),
            kept=Bell().ring,
        )
        await receiver.drain()

    async def apply(self) -> None:
        """Compute what is dirty; gives up on what stays so."""
        applier = Applier(consumer=CONSUMER, database=self.follower, received=Bell(), stated=Bell())
        while await applier.apply_some():
            pass


@asynccontextmanager
async def open_register(url: str) -> AsyncGenerator[Register]:
    async with databases.opened(url, schema="members", own=[DECLARATION.migrations]) as database:
        yield Register(database=database)


@asynccontextmanager
async def open_events(folder: Path, *, follower: Database) -> AsyncGenerator[Events]:
    async with databases.opened(f"sqlite:///{folder / 'events.db'}", schema="events") as database:
        yield Events(database=database, follower=follower)


def node(code: str, level: Level, parent_id: str | None = None, **others: Any) -> CreateNode:
    return CreateNode(
        code=code, level=level, parent_id=parent_id, **{"name": code, "occurred_at": MARCH, **others}
    )


def member(code: str, **others: Any) -> CreateMember:
    stated = {
        "name": f"Name of {code}",
        "member_type": MemberType.RESIDENT,
        "work_unit_id": None,
        "occurred_at": MARCH,
        **others,
    }
    return CreateMember(code=code, **stated)


def hours(
    attendance_id: str, member_id: str, *, at: datetime = MARCH, revoked: bool = False, minutes: int = 60
) -> HoursFact:
    fact = HoursFact(
        attendance_id=attendance_id,
        activity_id="a1",
        member_id=member_id,
        state=ATTENDANCE_STATE_REVOKED if revoked else ATTENDANCE_STATE_CONFIRMED,
        confirmed_minutes=minutes,
    )
    fact.signed_in_at.FromDatetime(at)
    fact.signed_out_at.FromDatetime(at + timedelta(minutes=minutes))
    return fact
