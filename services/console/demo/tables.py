"""The findings as a person wants to see them; rich knows how wide Chinese is, so columns align."""

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from services.console.demo.findings import Board, Counted, Explained, Findings, Participation, Receipt
from services.console.demo.report import SOURCE_RATE, assumptions, points, yuan
from services.console.demo.year import PERIOD_ID

_MINUTES_PER_HOUR = 60


def show(console: Console, found: Findings, *, verified: bool, seconds: Mapping[str, float]) -> None:
    """Print everything, in the order in which it came about."""
    console.print(_counts(found.counted))
    _participation(console, found.participation)
    console.print(_board(found.top, title=f"District top ten {PERIOD_ID} (全区十佳): {found.top.name}"))
    community = f"{found.community.code} {found.community.name}"
    console.print(_board(found.community, title=f"Community {PERIOD_ID} (社区): {community}"))
    _explained(console, found.explained)
    console.print(_rewards(found.receipt))
    _receipt(console, found.receipt)
    _assumed(console, found)
    console.print(_times(seconds))
    console.print(
        "[green]Verified: ledger, points, boards and facts agree.[/]"
        if verified
        else "[red]NOT verified: `linli verify` names the differences.[/]"
    )


def _counts(counted: Counted) -> Table:
    table = _table("What the services hold", "", "count")
    rows = (
        ("streets (街道)", counted.streets),
        ("communities (社区)", counted.communities),
        ("areas (片区)", counted.areas),
        ("building groups (楼栋)", counted.building_groups),
        ("work units (单位)", counted.work_units),
        ("members (在职党员)", counted.members),
        ("activities (活动)", counted.activities),
        ("confirmed attendances (签到)", counted.attendances),
        ("confirmed minutes (时长)", counted.confirmed_minutes),
        ("wishes fulfilled (微心愿)", counted.wishes_fulfilled),
    )
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    return table


def _participation(console: Console, participation: Participation) -> None:
    tenths = (participation.basis_points + 5) // 10
    console.print(
        f"Participation (参与率), computed: [bold]{participation.participating:,} of "
        f"{participation.enrolled:,} = {tenths // 10}.{tenths % 10} %[/]. {SOURCE_RATE}\n"
    )


def _board(board: Board, *, title: str) -> Table:
    table = _table(title, "place", "member", "name", "points", "hours", "wishes", text=("member", "name"))
    for line in board.lines:
        table.add_row(
            str(line.place),
            line.code,
            line.name,
            f"{points(line.points_milli):.3f}",
            hours(line.counted_minutes),
            str(line.wishes_fulfilled),
        )
    shown = f"{len(board.lines)} of {board.standings:,}."
    table.caption = f"{shown} Ties: wishes fulfilled, counted minutes, earliest reached."
    return table


def _explained(console: Console, explained: Explained) -> None:
    hours_rule = bool(explained.activity_code)
    what = f"activity {explained.activity_code}" if hours_rule else "a wish"
    minutes = f" for {explained.confirmed_minutes} confirmed minutes" if hours_rule else ""
    cut = (
        f"; the limit {explained.limit} counts {explained.counted_minutes} of them" if explained.limit else ""
    )
    console.print(
        f"One entry explained: {explained.member_code} {explained.member_name} has "
        f"{points(explained.balance_milli):.3f} points in {explained.entries} entries. For {what} "
        f"(community {explained.community_code}) the rule {explained.rule} of {explained.rule_set}, "
        f"version {explained.rule_set_version}, would give {points(explained.wanted_milli):.3f} points"
        f"{minutes}{cut}; granted: [bold]{points(explained.granted_milli):.3f}[/].\n",
        highlight=False,
    )


def _rewards(receipt: Receipt) -> Table:
    table = _table("Rewards (激励)", "place", "member", "name", "points", "yuan", text=("member", "name"))
    for reward in receipt.rewards:
        table.add_row(
            str(reward.place),
            reward.code,
            reward.name,
            f"{points(reward.points_milli):.3f}",
            f"{yuan(reward.amount_fen):,}" if reward.issued else "not issued",
        )
    return table


def _receipt(console: Console, receipt: Receipt) -> None:
    issued = sum(reward.issued for reward in receipt.rewards)
    agrees = "what was issued is what was approved" if receipt.digest_matches else "NOT what was approved"
    console.print(
        f"Receipt: {issued} rewards, {yuan(receipt.issued_fen):,} yuan; planned by {receipt.planned_by}, "
        f"approved by {receipt.approved_by}; {agrees}.\n",
        highlight=False,
    )


def _assumed(console: Console, found: Findings) -> None:
    console.print("Assumed:")
    for sentence in assumptions(found):
        console.print(Padding(f"- {sentence}", (0, 0, 0, 2)), highlight=False)
    console.print()


def _times(seconds: Mapping[str, float]) -> Table:
    table = _table("Time", "step", "seconds", text=("step",))
    for step, taken in seconds.items():
        table.add_row(step, f"{taken:.2f}")
    table.add_section()
    table.add_row("all", f"{sum(seconds.values()):.2f}")
    return table


def hours(minutes: int) -> str:
    """Show minutes as hours and minutes."""
    return f"{minutes // _MINUTES_PER_HOUR}:{minutes % _MINUTES_PER_HOUR:02d}"


def _table(title: str, *columns: str, text: tuple[str, ...] = ("",)) -> Table:
    """Make a table; columns of text stand left, figures right."""
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in text else "right")
    return table
