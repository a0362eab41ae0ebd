"""`linli import` and `linli export`: files that people make and read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.console.commands.options import DataDir, Json, Language, Target

app = typer.Typer()


class Imported(StrEnum):
    MEMBERS = "members"
    UNITS = "units"
    NODES = "nodes"


@app.command("import")
def bring_in(
    kind: Annotated[Imported, typer.Argument(help="People (人员), work units (单位) or the grid (网格).")],
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030) or Excel, with a heading.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of the rows, and change nothing.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Change what is known otherwise. Default: such rows are refused.")
    ] = False,
    accept_duplicates: Annotated[
        bool,
        typer.Option("--accept-duplicates", help="People of one name and phone are different people."),
    ] = False,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook. Default: the first.")] = None,
    errors: Annotated[
        Path | None, typer.Option(help="Write refused rows there, to be mended and imported again.")
    ] = None,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Import the rows of a file (导入); 0 if every row is in, 1 if some were refused."""
    from services.console.configuration import load
    from services.console.importing.bringing import Options
    from services.console.importing.command import Source, bring_in_file
    from services.console.lag import OPERATOR
    from services.console.people import run_for_person

    if accept_duplicates and kind is not Imported.MEMBERS:
        raise typer.BadParameter("--accept-duplicates is for members.")
    settings = load(data_dir=data_dir, target=target, language=language)
    options = Options(
        dry_run=dry_run, update=update, accept_duplicates=accept_duplicates, caller=str(OPERATOR)
    )
    source = Source(file=file, sheet=sheet, errors=errors)
    all_in = run_for_person(settings, lambda: bring_in_file(settings, kind, source, options, as_json=json))
    raise typer.Exit(0 if all_in else 1)
