"""Figures as people read them."""

from collections.abc import Sequence

from rich.table import Table

from tests.benchmarks.figures import Figure

LARGE = 100
SMALL = 10
_HOLDS = {True: "yes", False: "no", None: ""}


def as_table(figures: Sequence[Figure]) -> Table:
    table = Table(title="Medians, least and most of all rounds")
    for name in ("row", "what"):
        table.add_column(name)
    for name in ("median", "least", "most", "unit", "bar", "holds"):
        table.add_column(name, justify="left" if name == "unit" else "right")
    shown = ""
    for figure in figures:
        table.add_row(
            "" if figure.row == shown else figure.row,
            figure.what,
            number(figure.median),
            number(min(figure.values)),
            number(max(figure.values)),
            figure.unit,
            str(figure.bar or ""),
            _HOLDS[figure.holds],
        )
        shown = figure.row
    return table


def as_markdown(figures: Sequence[Figure]) -> str:
    """Write the table as a page holds it."""
    lines = ["| row | what | median | least - most | bar | holds |", "|---|---|---:|---:|---:|---|"]
    lines += [
        f"| {figure.row} | {figure.what} | {number(figure.median)} {figure.unit}".rstrip()
        + f" | {number(min(figure.values))} - {number(max(figure.values))}"
        + f" | {figure.bar or ''} | {_HOLDS[figure.holds]} |"
        for figure in figures
    ]
    return "\n".join(lines)


def number(value: float) -> str:
    """Give three digits, or all before the point."""
    if value >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= SMALL else f"{value:.2f}"
