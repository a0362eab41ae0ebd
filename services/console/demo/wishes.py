"""Draws the wishes with their steps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

from services.console.activities import Stay
from services.console.demo import names
from services.console.demo.counts import Counts
from services.console.demo.district import Node, Wish, WishCategory
from services.console.demo.participants import Diligence
from services.console.demo.year import Moments, between, day_of_year, local

_ELSEWHERE_ONE_IN = 5
_HARDSHIP_PER_CENT = 60
_FIRST_DAY, _LAST_DAY = 10, 315
"""Days of the year on which wishes are submitted; the last are confirmed before the year ends."""
_OFFICE_OPENS_HOUR = 8
_OFFICE_HOURS = timedelta(hours=9)
_VERIFIED_AFTER = (timedelta(hours=20), timedelta(days=3))
_PUBLISHED_AFTER = (timedelta(hours=2), timedelta(days=2))
_CLAIMED_AFTER = (timedelta(hours=1), timedelta(days=7))
_FULFILLED_AFTER = (timedelta(hours=20), timedelta(days=14))
_CONFIRMED_AFTER = (timedelta(hours=2), timedelta(days=5))


def draw_wishes(
    random: Random,
    *,
    counts: Counts,
    communities: list[Node],
    participants: Mapping[str, Sequence[str]],
    stays: tuple[Stay, ...],
    diligence: Diligence,
    moments: Moments,
) -> tuple[Wish, ...]:
    """Give every participant who was at no activity a wish to fulfil, and the rest to the willing."""
    homes = {code: home for home, codes in participants.items() for code in codes}
    seen = {stay.member for stay in stays}
    claimers = [code for code in homes if code not in seen]
    claimers += random.choices(
        list(homes), weights=[diligence[code] ** 2 for code in homes], k=counts.wishes - len(claimers)
    )
    random.shuffle(claimers)
    return tuple(
        _wish(
            random,
            code=f"W{index + 1:05d}",
            community=_place(random, home=homes[claimer], communities=communities),
            claimer=claimer,
            moments=moments,
        )
        for index, claimer in enumerate(claimers)
    )


def _place(random: Random, *, home: str, communities: list[Node]) -> str:
    return random.choice(communities).code if random.randrange(_ELSEWHERE_ONE_IN) == 0 else home


def _wish(random: Random, *, code: str, community: str, claimer: str, moments: Moments) -> Wish:
    hardship = random.randrange(100) < _HARDSHIP_PER_CENT
    opens_at = local(day_of_year(random.randint(_FIRST_DAY, _LAST_DAY)), _OFFICE_OPENS_HOUR)
    submitted_at = opens_at + between(random, timedelta(0), _OFFICE_HOURS)
    verified_at = submitted_at + between(random, *_VERIFIED_AFTER)
    published_at = verified_at + between(random, *_PUBLISHED_AFTER)
    claimed_at = published_at + between(random, *_CLAIMED_AFTER)
    fulfilled_at = moments.take(claimed_at + between(random, *_FULFILLED_AFTER))
    return Wish(
        code=code,
        title=random.choice(names.HARDSHIP_WISHES if hardship else names.LIVELIHOOD_WISHES),
        category=WishCategory.HARDSHIP_HELP if hardship else WishCategory.LIVELIHOOD,
        community=community,
        claimer=claimer,
        submitted_at=submitted_at,
        verified_at=verified_at,
        published_at=published_at,
        claimed_at=claimed_at,
        fulfilled_at=fulfilled_at,
        confirmed_at=fulfilled_at + between(random, *_CONFIRMED_AFTER),
    )
