import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.sql.dml import UpdateBase

from services.chassis import tables as chassis
from services.events.storage.tables import activities, attendances, claims, wishes
from services.events.usecases.claim_wishes import ClaimWish, claim_wishes
from services.events.usecases.confirm_fulfilments import ConfirmFulfilment, confirm_fulfilments
from services.events.usecases.fulfil_wishes import FulfilWish, fulfil_wishes
from tests.integration.events.neighbourhood import (
    DAY,
    HOUR,
    MEMBERS,
    NINE,
    ORGANISER,
    Neighbourhood,
)


@pytest.fixture
async def year(neighbourhood: Neighbourhood) -> Neighbourhood:
    """A neighbourhood with a bit of everything."""
    activity = await neighbourhood.activity("A-1")
    await neighbourhood.confirmed_hours(activity, MEMBERS[0])
    await neighbourhood.stay(activity, MEMBERS[0], begin=NINE + HOUR)
    done, *_ = await neighbourhood.open_wishes("W-1", "W-2")
    await neighbourhood.ids(claim_wishes, ClaimWish(wish_id=done, member_id=MEMBERS[0]))
    await neighbourhood.ids(fulfil_wishes, FulfilWish(wish_id=done))
    await neighbourhood.ids(confirm_fulfilments, ConfirmFulfilment(wish_id=done, confirmed_by=ORGANISER))
    return neighbourhood


is_confirmed = attendances.c.state == "CONFIRMED"
BREACHES: dict[str, tuple[UpdateBase, str]] = {
    "an activity that was moved": (
        update(activities).values(ends_at=NINE + DAY),
        "published activities equal their facts",
    ),
    "an activity that became a draft": (
        update(activities).values(state="DRAFT"),
        "published activities equal their facts",
    ),
    "minutes that were raised": (
        update(attendances).where(is_confirmed).values(confirmed_minutes=61),
        "confirmed and revoked hours equal their facts",
    ),
    "minutes that are not those of the stay": (
        update(attendances).where(is_confirmed).values(signed_out_at=NINE + HOUR / 2),
        "confirmed minutes are the whole minutes of the stay",
    ),
    "hours that nobody stated": (
        update(attendances).where(~is_confirmed).values(state="CONFIRMED", confirmed_minutes=60),
        "confirmed and revoked hours equal their facts",
    ),
    "hours without their fact": (
        delete(chassis.facts),
        "confirmed and revoked hours equal their facts",
    ),
    "hours that are gone": (
        delete(attendances).where(is_confirmed),
        "the log states nothing that is not held",
    ),
    "hours at an earlier revision": (
        update(attendances).where(is_confirmed).values(revision=0, state="SIGNED_OUT", confirmed_minutes=0),
        "the log states nothing that is not held",
    ),
    "two stays at once": (
        update(attendances).where(~is_confirmed).values(signed_in_at=NINE + HOUR / 2),
        "nobody is at two places at once",
    ),
    "a wish of another claimer": (
        update(claims).values(member_id=MEMBERS[1]),
        "confirmed wishes equal their facts",
    ),
    "a claimed wish without a claim": (
        update(claims).values(released_at=NINE),
        "a wish has one live claim from its claim on",
    ),
    "an open wish with a claim": (
        insert(claims).from_select(
            ["claim_id", "wish_id", "member_id", "claimed_at"],
            wishes.select()
            .with_only_columns(wishes.c.code, wishes.c.wish_id, wishes.c.title, wishes.c.submitted_at)
            .where(wishes.c.state == "PUBLISHED"),
        ),
        "a wish has one live claim from its claim on",
    ),
}


class TestVerify:
    async def test_finds_nothing_where_all_is_well(self, year: Neighbourhood) -> None:
        assert await year.findings() == []

    @pytest.mark.parametrize("breach", sorted(BREACHES))
    async def test_finds(self, year: Neighbourhood, breach: str) -> None:
        spoil, law = BREACHES[breach]
        async with year.database.write() as connection:
            await connection.execute(spoil)
        assert law in {finding.partition(":")[0] for finding in await year.findings()}
