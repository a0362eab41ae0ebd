"""Leaderboards: which table a grant feeds, and who stands where on it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.chassis.faults import PeriodMalformed
from services.chassis.periods import Period, PeriodKind
from services.points.domain.assess import Grant
from services.points.domain.faults import ScopeMismatch
from services.points.domain.standing import Standing, standing_of

DISTRICT_SCOPE_ID = ""
"""The scope of the one table of the whole district."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class BoardScope(StrEnum):
    """What one table of a board covers."""

    DISTRICT = "district"
    COMMUNITY = "community"


class TieKey(StrEnum):
    """What decides between equal scores."""

    WISHES_FULFILLED = "wishes_fulfilled"
    COUNTED_MINUTES = "counted_minutes"
    EARLIEST_REACHED = "earliest_reached"


class Table(NamedTuple):
    """One table of a board: a scope and a period."""

    scope_id: str
    period_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A definition; tables follow from it."""

    scope: BoardScope
    period_kind: PeriodKind
    tie_keys: tuple[TieKey, ...] = ()
    """In this order. Who is equal in all shares a place."""

    def table(self, *, scope_id: str, period_id: str, zone: ZoneInfo) -> Table:
        """Name a table that is asked for.

        Raises:
            ScopeMismatch: A community is asked of the district's board, or none of one by communities.
            PeriodMalformed: It is no period, or one of another kind than the board's.
        """
        if (self.scope is BoardScope.COMMUNITY) != bool(scope_id):
            raise ScopeMismatch(field="scope_id", scope=self.scope)
        period = Period.parse(period_id, zone=zone)
        if period.kind is not self.period_kind:
            raise PeriodMalformed(
                f"A table of this board runs for a {self.period_kind}; name a period of that kind.",
                field="period_id",
                needed_kind=self.period_kind,
            )
        return Table(scope_id, period_id)

    def scope_id_of(self, grant: Grant) -> str | None:
        """Name the scope that a grant counts in.

        A point counts for the community of the day of its fact; on a board by communities, one earned by a
        member who was not enrolled counts nowhere.
        """
        match self.scope:
            case BoardScope.DISTRICT:
                return DISTRICT_SCOPE_ID
            case BoardScope.COMMUNITY:
                return grant.fact.community_id or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    place: int
    """1 is best. Who is equal in score and all tie keys shares a place (1, 2, 2, 4)."""
    standing: Standing


def standings(
    *, board: Board, member_id: str, grants: Iterable[Grant], zone: ZoneInfo
) -> dict[Table, Standing]:
    """Say where a member stands on which tables of a board; tables without merit are left out.

    Args:
        board: Says which tables the grants feed.
        member_id: Whose grants they are.
        grants: In any order; fastest in the order of their facts.
        zone: The district's, in which periods begin.
    """
    by_table: defaultdict[Table, list[Grant]] = defaultdict(list)
    period: Period | None = None
    for grant in grants:
        moment = grant.fact.effective_at
        # Finding a period costs a hundred times asking it: grants of one period mostly follow each other.
        if period is None or not period.contains(moment):
            period = Period.containing(moment, kind=board.period_kind, zone=zone)
        scope_id = board.scope_id_of(grant)
        if scope_id is not None:
            by_table[Table(scope_id, period.id)].append(grant)
    found = {table: standing_of(member_id=member_id, grants=each) for table, each in by_table.items()}
    return {table: standing for table, standing in found.items() if standing is not None}


def rank(*, standings: Iterable[Standing], tie_keys: tuple[TieKey, ...]) -> list[Place]:
    """Order the standings of one table into places, best first.

    Args:
        standings: Any order, each member once.
        tie_keys: Decide equal scores, in this order.

    Returns:
        One place per standing by standard competition (1, 2, 2, 4). Equals are listed in the order of their
        ids, which decides nothing but keeps every answer the same.
    """
    compared = ((merits(standing=each, tie_keys=tie_keys), each.member_id, each) for each in standings)
    ordered = sorted(compared, key=itemgetter(0, 1))
    places: list[Place] = []
    for _, equals in groupby(ordered, key=itemgetter(0)):
        place = len(places) + 1
        places.extend([Place(place=place, standing=standing) for _, _, standing in equals])
    return places


def merits(*, standing: Standing, tie_keys: tuple[TieKey, ...]) -> tuple[int, ...]:
    """Say what the order of a table compares, first to last; less is better."""
    return (-standing.score_milli, *(_merit(standing, key) for key in tie_keys))


def _merit(standing: Standing, key: TieKey) -> int:
    """Give what a key compares; less is better."""
    match key:
        case TieKey.WISHES_FULFILLED:
            return -standing.wishes_fulfilled
        case TieKey.COUNTED_MINUTES:
            return -standing.counted_minutes
        case TieKey.EARLIEST_REACHED:
            return (standing.reached_at - EPOCH) // MICROSECOND
