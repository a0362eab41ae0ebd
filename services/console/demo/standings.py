"""Who stands where, worked out from the plain values alone; the services come to it by their own means."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.console.activities import Stay
from services.console.demo.district import District
from services.console.demo.rules import ACTIVITY_MINUTES_MAX, HOUR_MILLI, WISH_MILLI

_MINUTE = timedelta(minutes=1)
_MINUTES_PER_HOUR = 60
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Standing:
    member: str
    score_milli: int = 0
    wishes_fulfilled: int = 0
    counted_minutes: int = 0
    reached_at: datetime = _NEVER

    @property
    def key(self) -> tuple[int, int, int, datetime]:
        """Order best first: points, wishes fulfilled, counted minutes, earliest reached."""
        return (-self.score_milli, -self.wishes_fulfilled, -self.counted_minutes, self.reached_at)

    def add(self, *, milli: int, at: datetime) -> None:
        """Count one fact; a fact worth nothing does not move the moment at which the score was reached."""
        self.score_milli += milli
        if milli:
            self.reached_at = max(self.reached_at, at)


def confirmed_minutes(stay: Stay) -> int:
    """Whole minutes of a stay, cut."""
    return (stay.signed_out_at - stay.signed_in_at) // _MINUTE


def counted_minutes(district: District) -> dict[str, int]:
    """Give what each stay (by code) counts under the limit per member and activity; earlier stays first."""
    used: defaultdict[tuple[str, str], int] = defaultdict(int)
    counted: dict[str, int] = {}
    for stay in district.stays:
        place = (stay.member, stay.activity)
        counted[stay.code] = min(confirmed_minutes(stay), ACTIVITY_MINUTES_MAX - used[place])
        used[place] += counted[stay.code]
    return counted


def rank(district: District) -> list[Standing]:
    """Order everybody with points, best first."""
    standings: dict[str, Standing] = {}
    counted = counted_minutes(district)
    for stay in district.stays:
        standing = standings.setdefault(stay.member, Standing(member=stay.member))
        standing.counted_minutes += counted[stay.code]
        standing.add(milli=counted[stay.code] * HOUR_MILLI // _MINUTES_PER_HOUR, at=stay.signed_in_at)
    for wish in district.wishes:
        standing = standings.setdefault(wish.claimer, Standing(member=wish.claimer))
        standing.wishes_fulfilled += 1
        standing.add(milli=WISH_MILLI, at=wish.fulfilled_at)
    return sorted((one for one in standings.values() if one.score_milli), key=lambda one: one.key)
