"""How much the year holds. Scale 1 is the Chuanhui report; streets and activities are assumed."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.console.demo.faults import ScaleOutOfRange

SEED_MAX = 2**32 - 1
SCALE_MIN = Decimal("0.0001")
SCALE_MAX = Decimal(10)
SCALE_PLACES = 4
"""Decimal places of a scale; they and the limit of the seed keep request ids within their 64 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    streets: int
    communities: int
    areas: int
    building_groups: int
    work_units: int
    members: int
    participants: int
    """Members who take part at least once."""
    activities: int
    attendances: int
    wishes: int


TRUE_SCALE = Counts(
    streets=9,
    communities=55,
    areas=162,
    building_groups=519,
    work_units=66,
    members=3747,
    participants=3218,
    activities=660,
    attendances=19800,
    wishes=3700,
)


def scaled(*, scale: Decimal) -> Counts:
    """Multiply every count of the true scale, half up, at least 1.

    Raises:
        ScaleOutOfRange: The scale is too small, too large, too fine, or no number.
    """
    if not scale.is_finite() or not SCALE_MIN <= scale <= SCALE_MAX or scale != round(scale, SCALE_PLACES):
        raise ScaleOutOfRange

    def of(count: int) -> int:
        return max(1, int((count * scale).to_integral_value(ROUND_HALF_UP)))

    return Counts(**{name: of(getattr(TRUE_SCALE, name)) for name in Counts.__slots__})


def shares(*, total: int, weights: list[int]) -> list[int]:
    """Divide a total by weights, exactly: what is left over goes to the first."""
    weight_sum = sum(weights)
    parts = [total * weight // weight_sum for weight in weights]
    for place in range(total - sum(parts)):
        parts[place] += 1
    return parts
