"""What computed figures rest on, read together with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.waiting import applied_positions, count_waiting
from services.chassis.periods import Period
from services.points.storage.rule_sets import read_timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What the tables of a period reflect."""

    positions: Mapping[str, int]
    """Every fact up to these positions is in them (log to position), but for parked subjects."""
    parked_subjects: int
    rule_set_ids: tuple[str, ...]
    """Every version in force at some moment of the period."""


async def read_reflection(connection: AsyncConnection, *, period: Period) -> Reflection:
    """Read what the tables of a period reflect; read it before them, so that it never claims too much."""
    _, parked_subjects = await count_waiting(connection)
    return Reflection(
        positions=await applied_positions(connection),
        parked_subjects=parked_subjects,
        rule_set_ids=await read_rule_set_ids(connection, period=period),
    )


async def read_rule_set_ids(connection: AsyncConnection, *, period: Period) -> tuple[str, ...]:
    """Read which approved versions were in force in a period, in the order of name and date."""
    timeline = await read_timeline(connection)
    in_force = timeline.in_force_during(starts_at=period.starts_at, ends_at=period.ends_at)
    return tuple(rule_set.rule_set_id for rule_set in in_force)
