"""`linli export`: writes what the register holds into a file for people."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from services.chassis.settings import Settings
from services.console.exporting.table import Table
from services.console.register.desk import Desk, at_desk
from services.console.sheets.writing import writing
from services.console.steps import Steps
from services.console.wording import say

Read = Callable[[Desk], Awaitable[Table]]
"""Opens what is exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    file: Path
    encoding: str
    """Of a CSV file."""


async def write_file(settings: Settings, read: Read, destination: Destination, *, as_json: bool) -> None:
    """Export into a file, and print how many rows it has.

    Raises:
        FileRefused: The file cannot be written; an older one is left as it was.
        CallRefused: The server does not answer, or refuses.
        ServerNotFound: There is none.
    """
    written = 0
    async with at_desk(settings) as desk:
        table = await read(desk)
        with (
            Steps(console=Console(stderr=True), quiet=as_json) as steps,
            steps.step(say("export.step"), total=table.rows_about) as advance,
            writing(
                destination.file,
                heading=table.heading,
                widths=table.widths,
                encoding=destination.encoding,
            ) as file,
        ):
            async for row in table.rows:
                file.write(row)
                advance(1)
                written += 1
    if as_json:
        print(json.dumps({"file": str(destination.file), "rows": written}, ensure_ascii=False, indent=2))
    else:
        print(say("export.done", rows=f"{written:,}", file=destination.file))
