"""The outcome as a person wants to see it."""

from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.console.replay.findings import Answered
from services.console.replay.reading import TOP
from services.console.replay.report import ASSUMPTIONS, Outcome, compared_with
from services.console.replay.weeks import hours
from services.console.replay.write_points import MINUTE_MILLI

ROWS_SHOWN_MAX: Final = 20
DIFFERENCES_SHOWN_MAX: Final = 50


def show(console: Console, outcome: Outcome, /) -> None:
    """Print totals, weeks, the most diligent, the rows left out, and whether everything agrees."""
    console.print(_weeks(outcome.answered))
    console.print(_most_hours(outcome.answered))
    console.print(_totals(outcome.answered))
    _broken(console, outcome)
    console.print("Fixed, because the data leave it open:")
    for sentence in ASSUMPTIONS:
        console.print(Padding(f"- {sentence}", (0, 0, 0, 2)), highlight=False)
    console.print(_times(outcome))
    _published(console, outcome)
    _verdict(console, outcome)


def _totals(answered: Answered) -> Table:
    table = _table("What the services hold", "", "count")
    rows = (
        ("volunteers registered (志愿者)", f"{answered.volunteers:,}"),
        ("shifts published (活动)", f"{answered.shifts:,}"),
        ("shifts attended", f"{answered.shifts_attended:,}"),
        ("confirmed attendances (签到)", f"{len(answered.attended):,}"),
        ("confirmed minutes (时长)", f"{answered.minutes:,}"),
        ("in hours", hours(answered.minutes)),
        ("minutes that count in points", f"{sum(one.minutes for one in answered.counted):,}"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _weeks(answered: Answered) -> Table:
    table = _table("Weeks, each to its Friday", "to", "attendances", "minutes", "hours", "minutes so far")
    so_far = 0
    for week in answered.weeks:
        so_far += week.minutes
        counts = (week.attendances, week.minutes)
        table.add_row(
            week.ending.isoformat(), *(f"{count:,}" for count in counts), hours(week.minutes), f"{so_far:,}"
        )
    return table


def _most_hours(answered: Answered) -> Table:
    table = _table("Most hours, by the pairing", "volunteer", "hours", "points")
    for one in answered.counted[:TOP]:
        table.add_row(one.volunteer, hours(one.minutes), f"{one.balance_milli // MINUTE_MILLI:,}")
    return table


def _broken(console: Console, outcome: Outcome) -> None:
    broken = outcome.source.broken
    if not broken:
        console.print("Rows left out: none.\n")
        return
    table = _table(f"Rows left out: {len(broken):,}", "file", "line", "why")
    table.columns[2].justify = "left"
    for row in broken[:ROWS_SHOWN_MAX]:
        table.add_row(row.file, str(row.line), Text(row.reason))
    if len(broken) > ROWS_SHOWN_MAX:
        table.caption = f"... and {len(broken) - ROWS_SHOWN_MAX:,} more; --json lists them all."
    console.print(table)


def _times(outcome: Outcome) -> Table:
    table = _table("Time", "step", "seconds")
    for step, taken in outcome.seconds.items():
        table.add_row(step, f"{taken:.2f}")
    table.add_section()
    table.add_row("all", f"{sum(outcome.seconds.values()):.2f}")
    return table


def _published(console: Console, outcome: Outcome) -> None:
    """Say what a sum of rounded numbers would have made of it."""
    if files := compared_with(outcome):
        console.print(f"Compared with {' and '.join(files)}, week by week and in total.")
    weeks = outcome.source.published.weeks
    if weeks is not None:
        rounded, exact = sum(week.hours for week in weeks), hours(outcome.answered.minutes)
        console.print(
            f"The published weeks are rounded and add up to {rounded:,} hours; added first, they are {exact}."
        )


def _verdict(console: Console, outcome: Outcome) -> None:
    for difference in outcome.differences[:DIFFERENCES_SHOWN_MAX]:
        console.print(difference, style="red", markup=False)
    if len(outcome.differences) > DIFFERENCES_SHOWN_MAX:
        more = len(outcome.differences) - DIFFERENCES_SHOWN_MAX
        console.print(f"... and {more:,} more; --json lists them all.")
    if not outcome.verified:
        console.print("[red]NOT verified: `linli verify` names the differences.[/]")
    elif outcome.differences:
        console.print(f"[red]{len(outcome.differences):,} differences.[/]")
    else:
        console.print("[green]Verified: ledger, points, boards and facts agree, and nothing was refused.[/]")


def _table(title: str, *columns: str) -> Table:
    """Make a table; its first column is text, the others are figures."""
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table
