"""Says what became of the rows of a file, to a person or a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.console.importing.bringing import Tally
from services.console.importing.findings import Findings
from services.console.wording import listed, say

SHOWN_MAX: Final = 20
COUNTS: Final = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    tally: Tally
    findings: Findings
    ignored: Sequence[str]
    """Columns that mean nothing here."""
    dry_run: bool


def as_object(report: Report, /) -> dict[str, Any]:
    """Put it for scripts; of the findings the first thousand."""
    tally, findings = report.tally, report.findings
    return {
        "dry_run": report.dry_run,
        "rows": tally.rows,
        **{name: getattr(tally, name) for name in COUNTS},
        "stopped": str(tally.stopped) if tally.stopped else None,
        "ignored_columns": list(report.ignored),
        "findings": [
            {"row": each.row, "column": each.column, "problem": each.problem, "reason": each.reason}
            for each in findings.kept
        ],
        "findings_left_out": findings.left_out,
    }


def show(console: Console, report: Report, /) -> None:
    """Print it, with as many findings as a person reads."""
    tally, findings = report.tally, report.findings
    if report.ignored:
        console.print(say("import.columns_ignored", columns=listed(report.ignored)), markup=False)
    if findings.kept:
        table = Table()
        for name in ("row", "column", "problem"):
            table.add_column(say(f"import.{name}"), overflow="fold")
        for each in findings.kept[:SHOWN_MAX]:
            table.add_row(*map(escape, (str(each.row), each.column, each.problem)))
        console.print(table)
        more = len(findings.kept) - SHOWN_MAX + findings.left_out
        if more > 0:
            console.print(say("import.more_findings", more=f"{more:,}"), markup=False)
    counts = {name: f"{getattr(tally, name):,}" for name in COUNTS}
    key = "import.would_be" if report.dry_run else "import.done"
    console.print(say(key, rows=f"{tally.rows:,}", **counts))
