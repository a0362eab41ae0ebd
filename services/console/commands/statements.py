"""`linli members statements`: what communities tell work units about their members (双向反馈)."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from services.console.commands.options import DataDir, Json, Language, Target

if TYPE_CHECKING:
    from services.console.statements import Office

app = typer.Typer(
    no_args_is_help=True,
    help="Feedback statements (双向反馈): from a community to a work unit, about a member.",
)


class State(StrEnum):
    COMPUTING = "computing"
    DRAFT = "draft"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"


As: TypeAlias = Annotated[
    str,
    typer.Option(
        "--as", help="Who acts: member:<id>, with a role on the side that writes; or service:<name>."
    ),
]
Ids: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="Statements. Default: all that the options say.")
]
Period: TypeAlias = Annotated[str, typer.Option(help="Only of this period: 2025-Q3.")]
Unit: TypeAlias = Annotated[str, typer.Option(help="Only to this work unit, by its code or id.")]
Node: TypeAlias = Annotated[
    str, typer.Option(help="Only from this part of the grid: the code or id of a community or above.")
]
DESK = "service:linli-cli"


@app.command()
def generate(
    period: Annotated[str, typer.Argument(help="The period they are about: 2025-Q3.")],
    *,
    node: Node = "",
    caller: As = DESK,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Generate the statements of a period, one for each member; again, only those that are missing."""
    from services.console.statements import generate as run

    _run(run, _office(data_dir, target, caller, json, language), period=period, node_id=node)


@app.command("list")
def list_(
    *,
    period: Period = "",
    unit: Unit = "",
    node: Node = "",
    member: Annotated[str, typer.Option(help="Only about this member, by the number or the id.")] = "",
    state: Annotated[list[State] | None, typer.Option(help="Only in this state; may be given again.")] = None,
    every_version: Annotated[
        bool, typer.Option("--every-version", help="Those that were corrected too.")
    ] = False,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """List statements, the newest version of each."""
    from services.console.statements import show

    _run(
        show,
        _office(data_dir, target, DESK, json, language),
        period_id=period,
        work_unit_id=unit,
        node_id=node,
        member_id=member,
        states=[str(each) for each in state or ()],
        every_version=every_version,
    )


@app.command()
def send(
    ids: Ids = None,
    *,
    period: Period = "",
    node: Node = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide everything and send nothing.")] = False,
    caller: As = DESK,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Send drafts, those named or all of a period; 1 if one is refused. What was sent never changes."""
    from services.console.statements import send as run

    _say_which(ids, period)
    office = _office(data_dir, target, caller, json, language)
    _run(run, office, ids=ids or [], dry_run=dry_run, period_id=period, node_id=node)


@app.command()
def acknowledge(
    ids: Ids = None,
    *,
    period: Period = "",
    unit: Unit = "",
    caller: As = DESK,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Take note of statements for a work unit, those named or all of a period; 1 if one is refused."""
    from services.console.statements import acknowledge as run

    _say_which(ids, period)
    office = _office(data_dir, target, caller, json, language)
    _run(run, office, ids=ids or [], period_id=period, work_unit_id=unit)


@app.command()
def reply(
    statement: Annotated[str, typer.Argument(help="The statement.")],
    text: Annotated[str, typer.Argument(help="What the work unit answers.")],
    *,
    caller: As = DESK,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Answer a statement for a work unit, which acknowledges it as well."""
    from services.console.statements import reply as run

    _run(run, _office(data_dir, target, caller, json, language), statement_id=statement, text=text)


@app.command()
def overdue(
    *,
    period: Period = "",
    unit: Unit = "",
    node: Node = "",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="At the end of this day. Default: now.")
    ] = None,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """List what was sent and not acknowledged in time, with the days it is overdue; 1 if there is any."""
    from services.console.statements import show_overdue

    office = _office(data_dir, target, DESK, json, language)
    _run(show_overdue, office, day=as_of, period_id=period, work_unit_id=unit, node_id=node)


@app.command()
def correct(
    statement: Annotated[str, typer.Argument(help="The newest version.")],
    *,
    reason: Annotated[str, typer.Option(help="Why.")],
    comment: Annotated[str | None, typer.Option(help="Of the new version. Default: as it was.")] = None,
    caller: As = DESK,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Make a new version with figures computed anew, a draft; the old one stays as it is."""
    from services.console.statements import correct as run

    office = _office(data_dir, target, caller, json, language)
    _run(run, office, statement_id=statement, reason=reason, comment=comment)


def _say_which(ids: list[str] | None, period: str) -> None:
    if not ids and not period:
        raise typer.BadParameter("Name statements, or say of which --period.")


def _office(data_dir: Any, target: str | None, caller: str, json: bool, language: str | None) -> "Office":
    from services.chassis.faults import CallerMissing
    from services.chassis.rpc.access import parse_caller
    from services.console.configuration import load
    from services.console.statements import Office

    try:
        acting = parse_caller(caller)
    except CallerMissing as error:
        raise typer.BadParameter(str(error), param_hint="--as") from error
    return Office(
        settings=load(data_dir=data_dir, target=target, language=language), caller=acting, as_json=json
    )


def _run(command: Any, office: "Office", **stated: Any) -> None:
    from services.console.people import run_for_person

    is_well = run_for_person(office.settings, lambda: command(office, **stated))
    raise typer.Exit(0 if is_well else 1)
