"""The events service over a real database, told by `members` of one community and some members."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linli.events.v1.facts_pb2 import ActivityFact, HoursFact, WishFact
from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import GridNodeFact, MemberFact
from linli.members.v1.grid_pb2 import GRID_LEVEL_AREA, GRID_LEVEL_COMMUNITY
from sqlalchemy import Table

from services.chassis.facts import received
from services.chassis.faults import Fault
from services.chassis.sql.database import Database
from services.chassis.work import UseCase, Written
from services.events.bootstrap import DECLARATION
from services.events.domain.wish import WishCategory
from services.events.storage.checks import checks_of_records
from services.events.usecases.confirm_hours import ConfirmHours, confirm_hours
from services.events.usecases.create_activities import CreateActivity, create_activities
from services.events.usecases.publish_activities import PublishActivity, publish_activities
from services.events.usecases.publish_wishes import PublishWish, publish_wishes
from services.events.usecases.sign_in import SignIn, sign_in
from services.events.usecases.sign_out import SignOut, sign_out
from services.events.usecases.submit_wishes import SubmitWish, submit_wishes
from services.events.usecases.verify_wishes import VerifyWish, verify_wishes
from tests.integration import databases

NINE = datetime(2025, 5, 4, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
COMMUNITY = "community-1"
AREA = "area-1"
MEMBERS = tuple(f"member-{n}" for n in range(1, 65))
ORGANISER = "member:organiser"

Body = ActivityFact | HoursFact | WishFact


def told_facts() -> list[Fact]:
    """What the log of `members` says: a community, an area, 64 members."""
    bodies: list[tuple[str, GridNodeFact | MemberFact]] = [
        (COMMUNITY, GridNodeFact(node_id=COMMUNITY, level=GRID_LEVEL_COMMUNITY)),
        (AREA, GridNodeFact(node_id=AREA, level=GRID_LEVEL_AREA)),
        *((member_id, MemberFact(member_id=member_id)) for member_id in MEMBERS),
    ]
    told = []
    for position, (record_id, body) in enumerate(bodies, start=1):
        fact = Fact(fact_id=f"f{position}", log="members", position=position, record_id=record_id, revision=1)
        fact.body.Pack(body, type_url_prefix="linli")
        told.append(fact)
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    database: Database

    async def run(self, usecase: UseCase[Any], *commands: object) -> list[Written | Fault]:
        """Decide a batch in a transaction of its own."""
        return await databases.run(self.database, usecase, *commands)

    async def ids(self, usecase: UseCase[Any], *commands: object) -> list[str]:
        """Decide a batch in which nothing may be refused; gives the records' ids."""
        return await databases.written(self.database, usecase, *commands)

    async def activity(self, code: str = "A-1", *, starts_at: datetime = NINE) -> str:
        """Prepare and publish an activity of two hours."""
        (activity_id,) = await self.ids(create_activities, new_activity(code, starts_at=starts_at))
        published = PublishActivity(activity_id=activity_id, occurred_at=starts_at - DAY)
        return (await self.ids(publish_activities, published))[0]

    async def stay(self, activity_id: str, member_id: str = MEMBERS[0], *, begin: datetime = NINE) -> str:
        """Let a member come and go after an hour."""
        who = {"activity_id": activity_id, "member_id": member_id}
        await self.ids(sign_in, SignIn(**who, occurred_at=begin))
        return (await self.ids(sign_out, SignOut(**who, occurred_at=begin + HOUR)))[0]

    async def confirmed_hours(self, activity_id: str, member_id: str = MEMBERS[0]) -> str:
        attendance_id = await self.stay(activity_id, member_id)
        confirmation = ConfirmHours(attendance_id=attendance_id, confirmed_by=ORGANISER)
        return (await self.ids(confirm_hours, confirmation))[0]

    async def open_wishes(self, *codes: str) -> list[str]:
        """Submit, verify and publish wishes, an hour a step."""
        wish_ids = await self.ids(submit_wishes, *(new_wish(code) for code in codes))
        verified = (VerifyWish(wish_id=wish_id, occurred_at=NINE + HOUR) for wish_id in wish_ids)
        await self.ids(verify_wishes, *verified)
        published = (PublishWish(wish_id=wish_id, occurred_at=NINE + 2 * HOUR) for wish_id in wish_ids)
        return await self.ids(publish_wishes, *published)

    async def stated(self) -> list[Fact]:
        return await databases.stated(self.database)

    async def count(self, table: Table) -> int:
        return await databases.count(self.database, table)

    async def findings(self) -> list[str]:
        """Verify everything this service owns."""
        return await databases.findings(self.database, *checks_of_records())


@asynccontextmanager
async def open_neighbourhood(url: str, *, told: bool = True) -> AsyncGenerator[Neighbourhood]:
    """Make the database; what `members` told is kept, if it told."""
    async with databases.opened(url, schema="events", own=[DECLARATION.migrations]) as database:
        if told:
            async with database.write() as connection:
                await received.store(connection, "members", told_facts())
        yield Neighbourhood(database=database)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Database]:
    """Open the service's database as another process would."""
    database = Database(url=url, schema="events")
    try:
        yield database
    finally:
        await database.close()


def new_activity(code: str = "A-1", **fields: Any) -> CreateActivity:
    starts_at = fields.pop("starts_at", NINE)
    defaults: dict[str, Any] = {
        "title": "Clean the yard",
        "community_id": COMMUNITY,
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
    }
    return CreateActivity(code=code, **defaults | fields)


def new_wish(code: str = "W-1", **fields: Any) -> SubmitWish:
    defaults: dict[str, Any] = {
        "title": "A desk lamp",
        "category": WishCategory.LIVELIHOOD,
        "community_id": COMMUNITY,
        "occurred_at": NINE,
    }
    return SubmitWish(code=code, **defaults | fields)
