"""`linli import`: brings the rows of a file into the register."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.configuration import find_targets
from services.console.importing.bringing import Bringing, Options
from services.console.importing.findings import Findings
from services.console.importing.kind import Kind
from services.console.importing.members import MEMBERS
from services.console.importing.nodes import NODES
from services.console.importing.report import Report, as_object, show
from services.console.importing.units import UNITS
from services.console.lag import OPERATOR
from services.console.sheets.columns import map_columns
from services.console.sheets.reading import Row, Sheet, read_file
from services.console.sheets.writing import Rows, writing
from services.console.status import read_status
from services.console.steps import Steps
from services.console.wording import say

KINDS: Final[Mapping[str, Kind]] = {each.name: each for each in (MEMBERS, UNITS, NODES)}
_REMARKS: Final = ("import.row", "import.problem")
"""The columns that a file of errors has beside those of the file; ignored when the mended file comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    file: Path
    sheet: str | None = None
    errors: Path | None = None
    """Where refused rows go, with what is wrong with each."""


async def bring_in_file(
    settings: Settings, kind_name: str, source: Source, options: Options, *, as_json: bool
) -> bool:
    """Import a file, and print what became of its rows. Returns whether every row is in, or would be.

    Raises:
        FileRefused: The file cannot be read, or lacks a column; nothing was sent.
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    kind = KINDS[kind_name]
    sheet = read_file(source.file, sheet=source.sheet)
    remarks = [say(key) for key in _REMARKS]
    mapped = map_columns(sheet.heading, kind.columns, silently=frozenset(remarks))
    async with answering(find_targets(settings), caller=OPERATOR, only=("members",)) as channels:
        zone = ZoneInfo((await read_status(channels["members"], "members"))["time_zone"])
        with _errors(source.errors, sheet, remarks) as errors:
            findings = Findings(hand_on=lambda row, why: _write_error(errors, sheet, row, why))
            bringing = Bringing(
                kind=kind,
                mapped=mapped,
                options=options,
                findings=findings,
                zone=zone,
                today=datetime.now(zone).date(),
            )
            with (
                Steps(console=Console(stderr=True), quiet=as_json) as steps,
                steps.step(say(f"import.{kind.name}"), total=sheet.rows_at_most) as advance,
            ):
                await bringing.bring(channels["members"], sheet.rows, advance=advance)
    report = Report(tally=bringing.tally, findings=findings, ignored=mapped.ignored, dry_run=options.dry_run)
    if as_json:
        print(json.dumps(as_object(report), ensure_ascii=False, indent=2))
    else:
        show(Console(), report)
    if bringing.tally.stopped:
        raise bringing.tally.stopped
    return not bringing.tally.refused


@contextmanager
def _errors(path: Path | None, sheet: Sheet, remarks: list[str]) -> Iterator[Rows | None]:
    heading = [*sheet.heading.cells, *remarks]
    with writing(path, heading=heading) if path else nullcontext() as rows:
        yield rows


def _write_error(errors: Rows | None, sheet: Sheet, row: Row, why: str) -> None:
    if errors:
        room = len(sheet.heading.cells) - len(row.cells)
        errors.write([*row.cells, *[""] * room, str(row.number), why])
