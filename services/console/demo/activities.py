"""Draws the activities and who was there, from when to when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from services.console.activities import Activity, Stay
from services.console.demo import names
from services.console.demo.counts import Counts, shares
from services.console.demo.district import Node
from services.console.demo.participants import Diligence
from services.console.demo.year import Moments, activity_days, between, local

_LENGTH = timedelta(hours=2)
_STARTS = ((8, 30), (9, 0), (9, 30))
_PUBLISHED_BEFORE_DAYS = (5, 9)
_ARRIVES = (timedelta(minutes=-8), timedelta(minutes=12))
_LEAVES = (timedelta(minutes=-12), timedelta(minutes=14))
_LEAVES_EARLY = (timedelta(minutes=-80), timedelta(minutes=-30))
_LEAVES_EARLY_ONE_IN = 8
_BREAK = timedelta(minutes=1)
_DAY = timedelta(days=1)


def draw_activities(random: Random, *, counts: Counts, communities: list[Node]) -> tuple[Activity, ...]:
    """Spread the activities evenly over communities, and those of each over the year."""
    parts = shares(total=counts.activities, weights=[1] * len(communities))
    return tuple(
        _activity(random, community=community.code, number=number, day=day)
        for community, part in zip(communities, parts, strict=True)
        for number, day in enumerate(activity_days(random, part))
    )


def _activity(random: Random, *, community: str, number: int, day: date) -> Activity:
    starts_at = local(day, *random.choice(_STARTS))
    return Activity(
        code=f"{community}-{number + 1:02d}",
        title=f"{random.choice(names.ACTIVITIES)}（{day.month}月{day.day}日）",
        community=community,
        published_at=starts_at - _DAY * random.randint(*_PUBLISHED_BEFORE_DAYS),
        starts_at=starts_at,
        ends_at=starts_at + _LENGTH,
    )


def draw_stays(
    random: Random,
    *,
    counts: Counts,
    activities: tuple[Activity, ...],
    participants: Mapping[str, Sequence[str]],
    diligence: Diligence,
    moments: Moments,
) -> tuple[Stay, ...]:
    """Let the willing of the community come to each of its activities.

    At a scale below about 0.01 a community has fewer participants than an activity has attendances; then they
    come and go several times.
    """
    stays: list[Stay] = []
    parts = shares(total=counts.attendances, weights=[1] * len(activities))
    for activity, part in zip(activities, parts, strict=True):
        comers = _willing(random, participants[activity.community], diligence)
        turns = Counter(comers[turn % len(comers)] for turn in range(part))
        for member, times in turns.items():
            stays += _stays(random, activity=activity, member=member, times=times, moments=moments)
    return tuple(sorted(stays, key=lambda stay: stay.signed_in_at))


def _willing(random: Random, codes: Sequence[str], diligence: Diligence) -> list[str]:
    """Order by the best of as many throws as somebody is willing: a weighted choice without a power."""
    throws = {code: max(random.random() for _ in range(diligence[code])) for code in codes}
    return sorted(codes, key=lambda code: (-throws[code], code))


def _stays(random: Random, *, activity: Activity, member: str, times: int, moments: Moments) -> list[Stay]:
    early = random.randrange(_LEAVES_EARLY_ONE_IN) == 0
    arrives_at = activity.starts_at + between(random, *_ARRIVES)
    leaves_at = activity.ends_at + between(random, *(_LEAVES_EARLY if early else _LEAVES))
    part = (leaves_at - arrives_at) / times
    pause = _BREAK if times > 1 else timedelta(0)
    return [
        Stay(
            code=f"{activity.code}.{member}.{time + 1}",
            activity=activity.code,
            member=member,
            signed_in_at=moments.take(_to_millisecond(arrives_at + part * time)),
            signed_out_at=_to_millisecond(arrives_at + part * (time + 1)) - pause,
        )
        for time in range(times)
    ]


def _to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
