from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from services.members.storage.tables import enrolments
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration.members.register import (
    DESK,
    MARCH,
    SHANGHAI,
    Register,
    end_enrolments,
    enrol,
    open_register,
)

DAY = timedelta(days=1)
OCTOBER = datetime(2025, 10, 1, tzinfo=SHANGHAI)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def ended(register: Register) -> tuple[str, str]:
    """A member and the community where they were enrolled from March to October."""
    community_id = await register.community()
    (member_id,) = await register.members("m1")
    (enrolment_id,) = await register.written(
        enrol, Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
    )
    leaving = EndEnrolment(
        enrolment_id=enrolment_id, occurred_at=OCTOBER, reason="Moved away.", stated_by=DESK
    )
    await register.written(end_enrolments, leaving)
    return member_id, community_id


class TestTheDatabase:
    @pytest.mark.parametrize("ended_at", [None, MARCH + 10 * DAY, OCTOBER + DAY])
    async def test_keeps_out_what_overlaps_whatever_the_program_does(
        self, register: Register, ended: tuple[str, str], ended_at: datetime | None
    ) -> None:
        member_id, community_id = ended
        row = {
            "enrolment_id": "x",
            "member_id": member_id,
            "community_id": community_id,
            "enrolled_at": MARCH + DAY,
            "ended_at": ended_at,
            "revision": 1,
        }
        with pytest.raises(IntegrityError):
            async with register.database.write() as connection:
                await connection.execute(insert(enrolments), [row])

    async def test_lets_pass_what_only_touches_and_what_fell_away(
        self, register: Register, ended: tuple[str, str]
    ) -> None:
        member_id, community_id = ended
        row = {"member_id": member_id, "community_id": community_id, "revision": 1}
        times = [
            {"enrolment_id": "after", "enrolled_at": OCTOBER, "ended_at": None, "withdrawn": False},
            {"enrolment_id": "void", "enrolled_at": MARCH, "ended_at": OCTOBER, "withdrawn": True},
        ]
        async with register.database.write() as connection:
            await connection.execute(insert(enrolments), [{**row, **each} for each in times])
        assert await register.count(enrolments) == 3
