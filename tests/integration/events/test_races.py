"""Many at once, through two processes' pools, each in a transaction of its own."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from services.chassis.faults import Fault
from services.chassis.work import UseCase, Written
from services.events.domain.attendance import Attendance, AttendanceState
from services.events.storage.attendances import lock_stays
from services.events.storage.records import row_of
from services.events.storage.tables import attendances, claims
from services.events.usecases.claim_wishes import ClaimWish, claim_wishes
from services.events.usecases.create_activities import create_activities
from services.events.usecases.sign_in import SignIn, sign_in
from services.events.usecases.sign_out import SignOut, sign_out
from tests.integration.databases import reasons
from tests.integration.events.neighbourhood import (
    HOUR,
    MEMBERS,
    NINE,
    Neighbourhood,
    new_activity,
    open_neighbourhood,
    opened,
)


@pytest.fixture
async def processes(
    neighbourhood: Neighbourhood, database_url: str
) -> AsyncGenerator[tuple[Neighbourhood, Neighbourhood]]:
    async with opened(database_url) as other:
        yield neighbourhood, Neighbourhood(database=other)


async def at_once(
    processes: tuple[Neighbourhood, Neighbourhood], usecase: UseCase[Any], commands: list[Any]
) -> list[str]:
    runs = [processes[n % 2].run(usecase, command) for n, command in enumerate(commands)]
    outcomes: list[Written | Fault] = [outcome for (outcome,) in await asyncio.gather(*runs)]
    return reasons(outcomes)


class TestFiftyClaimsOfOneWish:
    async def test_give_it_to_exactly_one(self, processes: tuple[Neighbourhood, Neighbourhood]) -> None:
        (wish,) = await processes[0].open_wishes("W-1")
        outcomes = await at_once(
            processes, claim_wishes, [ClaimWish(wish_id=wish, member_id=member) for member in MEMBERS[:50]]
        )
        assert sorted(outcomes) == ["ALREADY_CLAIMED"] * 49 + ["WRITTEN"]
        assert await processes[0].count(claims) == 1
        assert await processes[0].findings() == []

    async def test_in_batches_of_crossing_orders_give_each_wish_to_one(
        self, processes: tuple[Neighbourhood, Neighbourhood]
    ) -> None:
        wishes = await processes[0].open_wishes(*(f"W-{n}" for n in range(10)))
        runs = [
            processes[n % 2].run(
                claim_wishes,
                *(
                    ClaimWish(wish_id=wish, member_id=member)
                    for wish in (wishes if n % 3 else reversed(wishes))
                ),
            )
            for n, member in enumerate(MEMBERS[:20])
        ]
        outcomes = [outcome for run in await asyncio.gather(*runs) for outcome in reasons(run)]
        assert sorted(outcomes) == ["ALREADY_CLAIMED"] * 190 + ["WRITTEN"] * 10
        assert await processes[0].findings() == []

    async def test_are_told_apart_by_the_database_even_without_the_lock(
        self, neighbourhood: Neighbourhood
    ) -> None:
        (wish,) = await neighbourhood.open_wishes("W-1")
        # A claim without its step: what a writer that skipped the lock would leave behind.
        async with neighbourhood.database.write() as connection:
            row = {"claim_id": "c", "wish_id": wish, "member_id": MEMBERS[1], "claimed_at": NINE}
            await connection.execute(insert(claims), [row])
        claim = ClaimWish(wish_id=wish, member_id=MEMBERS[0])
        assert reasons(await neighbourhood.run(claim_wishes, claim)) == ["ALREADY_CLAIMED"]
        assert await neighbourhood.count(claims) == 1


class TestSixtyFourSignInsOfOnePerson:
    async def test_let_in_exactly_one(self, processes: tuple[Neighbourhood, Neighbourhood]) -> None:
        activity = await processes[0].activity()
        same = SignIn(activity_id=activity, member_id=MEMBERS[0], occurred_at=NINE)
        outcomes = await at_once(processes, sign_in, [same] * 64)
        assert sorted(outcomes) == ["ALREADY_SIGNED_IN"] * 63 + ["WRITTEN"]
        assert await processes[0].count(attendances) == 1

    async def test_who_left_again_meanwhile_still_never_overlap(
        self, processes: tuple[Neighbourhood, Neighbourhood]
    ) -> None:
        activities = [await processes[0].activity(f"A-{n}") for n in range(8)]

        async def come_and_go(n: int) -> bool:
            who = {"activity_id": activities[n % 8], "member_id": MEMBERS[0]}
            there = processes[n % 2]
            begin = NINE + HOUR * (n % 3) / 2
            (entered,) = reasons(await there.run(sign_in, SignIn(**who, occurred_at=begin)))
            if entered == "WRITTEN":
                await there.run(sign_out, SignOut(**who, occurred_at=begin + HOUR))
            return entered == "WRITTEN"

        assert any(await asyncio.gather(*(come_and_go(n) for n in range(64))))
        assert await processes[0].findings() == []


class TestTwoWritersOfOneCode:
    async def test_are_told_apart(self, processes: tuple[Neighbourhood, Neighbourhood]) -> None:
        outcomes = await at_once(processes, create_activities, [new_activity("A-1")] * 16)
        assert sorted(outcomes) == ["CODE_TAKEN"] * 15 + ["WRITTEN"]


class TestASignInThatComesWhileAnotherIsDecided:
    async def test_waits_and_sees_what_the_other_did(self, postgres_url: str) -> None:
        async with open_neighbourhood(postgres_url) as neighbourhood:
            activity = await neighbourhood.activity()
            await neighbourhood.stay(activity, MEMBERS[0], begin=NINE + 2 * HOUR)
            begun = Attendance(
                attendance_id="other",
                activity_id=activity,
                member_id=MEMBERS[0],
                state=AttendanceState.SIGNED_OUT,
                signed_in_at=NINE,
                signed_out_at=NINE + HOUR,
            )
            late = SignIn(activity_id=activity, member_id=MEMBERS[0], occurred_at=NINE)
            async with neighbourhood.database.write() as connection:
                await lock_stays(connection, MEMBERS[:1], start=NINE, end=NINE)
                second = asyncio.create_task(neighbourhood.run(sign_in, late))
                await wait_until_somebody_waits(neighbourhood)
                # It came and went meanwhile, so that no open stay stands in the way.
                await connection.execute(insert(attendances), [row_of(begun, attendances)])
            assert reasons(await second) == ["ALREADY_SIGNED_IN"]
            assert await neighbourhood.findings() == []


async def wait_until_somebody_waits(neighbourhood: Neighbourhood) -> None:
    """Return once a transaction waits for a lock that another holds."""
    waiting = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
    async with asyncio.timeout(10):
        while True:
            async with neighbourhood.database.read() as connection:
                if (await connection.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.01)
