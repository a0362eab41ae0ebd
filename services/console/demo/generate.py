"""Makes a district's year from a seed."""

from decimal import Decimal
from itertools import pairwise
from random import Random

from services.console.demo.activities import draw_activities, draw_stays
from services.console.demo.counts import SEED_MAX, scaled
from services.console.demo.district import District, Level
from services.console.demo.faults import SeedOutOfRange, TieAtBandEdge
from services.console.demo.participants import draw_diligence, draw_participants
from services.console.demo.register import draw_grid, draw_members, draw_work_units
from services.console.demo.rules import BANDS
from services.console.demo.standings import rank
from services.console.demo.wishes import draw_wishes
from services.console.demo.year import CREATED_AT, Moments


def generate(*, seed: int, scale: Decimal) -> District:
    """Make the year; the same seed and scale give the same year, on every machine.

    Raises:
        SeedOutOfRange: As its message says.
        ScaleOutOfRange: As its message says.
    """
    if not 0 <= seed <= SEED_MAX:
        raise SeedOutOfRange
    counts = scaled(scale=scale)
    random, moments = Random(seed), Moments()
    nodes = draw_grid(counts)
    communities = [node for node in nodes if node.level == Level.COMMUNITY]
    work_units = draw_work_units(counts)
    members = draw_members(random, counts=counts, communities=communities, work_units=work_units)
    participants = draw_participants(random, counts=counts, communities=communities, members=members)
    diligence = draw_diligence(random, participants=participants)
    activities = draw_activities(random, counts=counts, communities=communities)
    stays = draw_stays(
        random,
        counts=counts,
        activities=activities,
        participants=participants,
        diligence=diligence,
        moments=moments,
    )
    wishes = draw_wishes(
        random,
        counts=counts,
        communities=communities,
        participants=participants,
        stays=stays,
        diligence=diligence,
        moments=moments,
    )
    district = District(
        seed=seed,
        scale=scale,
        counts=counts,
        created_at=CREATED_AT,
        nodes=nodes,
        work_units=work_units,
        members=members,
        activities=activities,
        stays=stays,
        wishes=wishes,
    )
    _ensure_no_tie_at_band_edge(district)
    return district


def _ensure_no_tie_at_band_edge(district: District) -> None:
    """Check what `Moments` brings about: no two members have the same key."""
    edges = {band.last_place for band in BANDS}
    for place, (upper, lower) in enumerate(pairwise(rank(district)), start=1):
        if place in edges and upper.key == lower.key:
            raise TieAtBandEdge(place=place, upper=upper.member, lower=lower.member)
