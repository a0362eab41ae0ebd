"""When a member can usually come: parts of the week."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from services.chassis.faults import InvalidField
from services.members.domain.faults import AvailabilityOverlaps


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """From a minute of a day of the week until just before another one of the same day."""

    weekday: int
    """1 is Monday."""
    starts_minute: int
    ends_minute: int


def week(slots: Iterable[Slot], /) -> tuple[Slot, ...]:
    """Bring parts of the week into its order.

    Raises:
        InvalidField: One ends before it starts.
        AvailabilityOverlaps: Two have a minute in common.
    """
    ordered = tuple(sorted(slots))
    if any(slot.ends_minute <= slot.starts_minute for slot in ordered):
        raise InvalidField("A slot ends after it starts.", field="availability")
    if any(
        one.weekday == other.weekday and other.starts_minute < one.ends_minute
        for one, other in pairwise(ordered)
    ):
        raise AvailabilityOverlaps(field="availability")
    return ordered
