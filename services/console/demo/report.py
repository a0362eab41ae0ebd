"""The findings as one plain dictionary for `--json`: codes and names, never ids."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from services.console.demo.findings import Board, Findings, Line
from services.console.demo.rules import (
    ACTIVITY_MINUTES_MAX,
    BANDS,
    FEN_PER_YUAN,
    HOUR_MILLI,
    WISH_MILLI,
)
from services.console.demo.year import PERIOD_ID

MILLI = 1_000
BASIS_POINTS = 10_000
SOURCE_RATE = (
    "The source, a report of Chuanhui district in Zhoukou (周口市川汇区), prints 84 % where its own counts, "
    "3,218 of 3,747, give 85.9 %; Linli computes the rate."
)

Json = dict[str, object]


def assumptions(found: Findings) -> list[str]:
    """Say what the source does not say and the demo assumes."""
    counted = found.counted
    bands = ", ".join(f"{_places(band.first_place, band.last_place)}: {band.yuan:,} yuan" for band in BANDS)
    hour, wish = points(HOUR_MILLI), points(WISH_MILLI)
    return [
        f"Number of streets: {counted.streets:,}. The source does not give it.",
        f"Activities of 2 hours: {counted.activities:,}; at scale 1 one a month in each community.",
        f"Claimed wishes: all {counted.wishes_fulfilled:,} are fulfilled; the source counts claims.",
        "Rewarded are the ten best members; the source rewards ten secretaries.",
        "Enrolment: from 2 to 8 January, so that the whole year counts; the source gives no dates.",
        f"Rules: {hour:g} point an hour, by the minute, {ACTIVITY_MINUTES_MAX} minutes an activity at most.",
        f"Rules: {wish:g} points a fulfilled wish.",
        f"Rewards by place: {bands}; the source gives the range, 2,000 to 5,000 yuan.",
    ]


def as_json(found: Findings, *, seed: int, scale: str, verified: bool, seconds: Mapping[str, float]) -> Json:
    """Give everything; only `seconds` differs between two runs of the same seed and scale.

    Args:
        found: What the server answered.
        seed: Of the year.
        scale: Of the year, as it was written.
        verified: Ledger, points, boards and facts agree.
        seconds: How long each step took, in their order.
    """
    receipt = found.receipt
    rewards = [reward for reward in receipt.rewards if reward.issued]
    return {
        "period": PERIOD_ID,
        "seed": seed,
        "scale": scale,
        "members_enrolled": found.participation.enrolled,
        "members_participating": found.participation.participating,
        "participation_rate": found.participation.basis_points / BASIS_POINTS,
        "wishes_fulfilled": found.counted.wishes_fulfilled,
        "attendances": found.counted.attendances,
        "confirmed_minutes": found.counted.confirmed_minutes,
        "counts": asdict(found.counted),
        "top_ten": _lines(found.top.lines),
        "community_board": _board(found.community),
        "explanation": _explanation(found),
        "rewards_issued": len(rewards),
        "reward_list": [
            {
                "place": reward.place,
                "code": reward.code,
                "name": reward.name,
                "points": points(reward.points_milli),
                "yuan": yuan(reward.amount_fen),
            }
            for reward in rewards
        ],
        "reward_total_yuan": yuan(receipt.issued_fen),
        "reward_planned_by": receipt.planned_by,
        "reward_approved_by": receipt.approved_by,
        "receipt_matches_approval": receipt.digest_matches,
        "assumptions": [*assumptions(found), SOURCE_RATE],
        "verified": verified,
        "seconds": {step: round(taken, 3) for step, taken in seconds.items()},
    }


def points(milli: int) -> float:
    """Show milli-points as points; nothing computes with the result."""
    return milli / MILLI


def yuan(fen: int) -> int:
    """Show fen as yuan; the demo's rewards are whole."""
    return fen // FEN_PER_YUAN


def _places(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


def _lines(lines: Sequence[Line]) -> list[Json]:
    return [
        {
            "place": line.place,
            "code": line.code,
            "name": line.name,
            "points": points(line.points_milli),
            "counted_minutes": line.counted_minutes,
            "wishes_fulfilled": line.wishes_fulfilled,
        }
        for line in lines
    ]


def _board(board: Board) -> Json:
    return {
        "code": board.code,
        "name": board.name,
        "standings": board.standings,
        "lines": _lines(board.lines),
    }


def _explanation(found: Findings) -> Json:
    explained = found.explained
    shown: Json = asdict(explained)
    for key in ("balance", "wanted", "granted"):
        shown[f"{key}_points"] = points(getattr(explained, f"{key}_milli"))
        del shown[f"{key}_milli"]
    return shown
