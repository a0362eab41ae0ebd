"""What a reward run (激励奖惩) plans: who gets how much by which place."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby

from services.points.domain.board import Place, TieKey
from services.points.domain.faults import BandsMalformed, BoardEmpty, OverBudget, TieAtCutoff

NO_BUDGET = 0
"""As a budget: the plan may cost what it costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Each of these places, both ends included, gets as much."""

    first_place: int
    last_place: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a plan was made from, frozen with it."""

    board_id: str
    scope_id: str
    period_id: str
    bands: tuple[Band, ...]
    budget_fen: int
    positions: Mapping[str, int]
    """What the board reflected: log to position."""
    rule_set_ids: tuple[str, ...]
    tie_keys: tuple[TieKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one member gets."""

    line: int
    """1, 2, 3 ... best first."""
    member_id: str
    place: int
    score_milli: int
    wishes_fulfilled: int
    counted_minutes: int
    amount_fen: int


class LineState(StrEnum):
    PLANNED = "planned"
    ISSUED = "issued"
    """Once, with an id of its own."""


def must_be_well_formed(bands: Sequence[Band]) -> None:
    """Hold bands to starting at place 1 and following each other.

    Raises:
        BandsMalformed: Names the first band that is out of line.
    """
    expected_place = 1
    for index, band in enumerate(bands):
        if band.first_place != expected_place:
            raise BandsMalformed(field=f"bands[{index}].first_place", expected_place=expected_place)
        if band.last_place < band.first_place:
            raise BandsMalformed(field=f"bands[{index}].last_place", first_place=band.first_place)
        if band.amount_fen < 1:
            raise BandsMalformed("A band gives at least 1 fen.", field=f"bands[{index}].amount_fen")
        expected_place = band.last_place + 1
    if not bands:
        raise BandsMalformed(field="bands")


def places_needed(bands: Sequence[Band]) -> int:
    """Count the best places that a plan has to see: one more than it rewards, to notice a tie at its end."""
    return bands[-1].last_place + 1


def plan(*, places: Sequence[Place], bands: Sequence[Band], budget_fen: int) -> tuple[Line, ...]:
    """Say who gets how much.

    Args:
        places: Of one table, best first: all of them, or at least the first `places_needed(bands)`.
        bands: From place 1 on, without gap or overlap. Fewer standings than places leave the rest unspent.
        budget_fen: The plan is refused above it; `NO_BUDGET`: no limit.

    Raises:
        BandsMalformed: The bands overlap or leave a gap.
        BoardEmpty: Nobody stands there.
        TieAtCutoff: Members equal in all declared keys stand across the end of a band. Never decided by ids.
        OverBudget: The lines cost more.
    """
    must_be_well_formed(bands)
    if not places:
        raise BoardEmpty
    lines: list[Line] = []
    for place, equals in groupby(places, key=lambda each: each.place):
        band = next((each for each in bands if each.first_place <= place <= each.last_place), None)
        if band is None:
            break
        tied = list(equals)
        if place + len(tied) - 1 > band.last_place:
            raise TieAtCutoff(place=place, last_place=band.last_place)
        lines += [_line(len(lines) + n, member, band) for n, member in enumerate(tied, start=1)]
    cost_fen = total_fen(lines)
    if budget_fen != NO_BUDGET and cost_fen > budget_fen:
        raise OverBudget(field="budget_fen", total_fen=cost_fen, budget_fen=budget_fen)
    return tuple(lines)


def total_fen(lines: Sequence[Line]) -> int:
    return sum(line.amount_fen for line in lines)


def digest(*, inputs: Inputs, lines: Sequence[Line]) -> str:
    """Compute the SHA-256 (hex) that an approver approves: over the frozen inputs and every line.

    It is the same on every machine and for ever: names sorted, no spaces, integers and ASCII only. A field
    that is added one day stays out of the text where it is not set, so that old receipts keep their proof.
    """
    document = {"inputs": asdict(inputs), "lines": [asdict(line) for line in lines]}
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _line(line: int, member: Place, band: Band) -> Line:
    standing = member.standing
    return Line(
        line=line,
        member_id=standing.member_id,
        place=member.place,
        score_milli=standing.score_milli,
        wishes_fulfilled=standing.wishes_fulfilled,
        counted_minutes=standing.counted_minutes,
        amount_fen=band.amount_fen,
    )
