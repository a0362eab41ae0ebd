"""`linli import` and `linli export`: files that people make and read."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.console.commands.acting import Node, Unit
from services.console.commands.enrolments import Missed
from services.console.commands.options import DataDir, Json, Language, Target

if TYPE_CHECKING:
    from services.console.exporting.serving import Filters

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


class Exported(StrEnum):
    MEMBERS = "members"
    UNITS = "units"
    NODES = "nodes"
    ENROLMENTS = "enrolments"
    MISSING = "missing"
    STATEMENTS = "statements"


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    GB18030 = "gb18030"


@app.command("export")
def write_out(
    kind: Annotated[
        Exported, typer.Argument(help="Members, units and nodes have the columns in which they are imported.")
    ],
    file: Annotated[Path, typer.Argument(help="Ends in .csv or .xlsx; replaced if it is there.")],
    *,
    period: Annotated[
        str, typer.Option(help="For missing and statements: 2025, 2025-H1, 2025-Q3, 2025-11.")
    ] = "",
    missed: Annotated[Missed | None, typer.Option(help="For missing: what people miss.")] = None,
    unit: Unit = "",
    node: Node = "",
    encoding: Annotated[Encoding, typer.Option(help="Of a CSV file.")] = Encoding.UTF_8,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Write what the register holds into a file (导出)."""
    from services.console.configuration import load
    from services.console.exporting import register, serving
    from services.console.exporting.command import Destination, Read, write_file
    from services.console.people import run_for_person

    filters = serving.Filters(period=period, kind=missed or "", unit=unit, node=node)
    _refuse_unfit(kind, filters)
    reads: dict[Exported, Read] = {
        Exported.MEMBERS: register.read_members,
        Exported.UNITS: register.read_units,
        Exported.NODES: register.read_nodes,
        Exported.ENROLMENTS: lambda desk: serving.read_enrolments(desk, filters),
        Exported.MISSING: lambda desk: serving.read_missing(desk, filters),
        Exported.STATEMENTS: lambda desk: serving.read_statements(desk, filters),
    }
    settings = load(data_dir=data_dir, target=target, language=language)
    destination = Destination(file=file, encoding=encoding)
    run_for_person(settings, lambda: write_file(settings, reads[kind], destination, as_json=json))


def _refuse_unfit(kind: Exported, filters: "Filters") -> None:
    """Refuse options that say nothing about what is exported, and a list that lacks one."""
    if kind is Exported.MISSING:
        if not filters.period or not filters.kind:
            raise typer.BadParameter("Say which period and what is missed: --period, --missed.")
        if filters.unit and filters.node:
            raise typer.BadParameter("Give --unit or --node, not both.")
        return
    listed = {Exported.ENROLMENTS, Exported.STATEMENTS}
    if filters.kind or (filters.period and kind is not Exported.STATEMENTS):
        raise typer.BadParameter("--missed is for missing, --period for missing and statements.")
    if (filters.unit or filters.node) and kind not in listed:
        raise typer.BadParameter("--unit and --node are for enrolments, missing and statements.")
