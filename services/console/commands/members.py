"""`linli members`: the people on the register."""

from typing import Annotated, Any, TypeAlias

import typer

from services.console.commands import enrolments, statements
from services.console.commands.acting import As, DryRun, Member, Node, On, Unit, at_desk
from services.console.commands.options import DataDir, Json, Language, Target

app = typer.Typer(
    no_args_is_help=True, help="Work with the people on the register (人员) and their enrolment (报到)."
)
app.add_typer(enrolments.app)
app.add_typer(statements.app, name="statements")

Name: TypeAlias = Annotated[str, typer.Option(help="What they are called.")]
Type: TypeAlias = Annotated[
    str, typer.Option("--type", help="在职党员, 离退休党员, 流动党员, 农村党员, 学生党员, 志愿者 or 居民.")
]
Phone: TypeAlias = Annotated[str, typer.Option(help="In any usual form.")]
ExternalIds: TypeAlias = Annotated[
    list[str] | None, typer.Option("--external-id", help="system:id; may be given again.")
]
Skills: TypeAlias = Annotated[list[str] | None, typer.Option("--skill", help="A code; may be given again.")]


@app.command()
def find(
    *,
    code: Annotated[str, typer.Option(help="Their number.")] = "",
    external_id: Annotated[str, typer.Option(help="system:id, as another system calls them.")] = "",
    phone: Phone = "",
    name: Annotated[str, typer.Option(help="How the name begins, in characters or pinyin.")] = "",
    skill: Annotated[str, typer.Option(help="The code of a skill.")] = "",
    unit: Unit = "",
    node: Node = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Find people by all that is stated."""
    from services.console.configuration import load
    from services.console.register.looking import Wanted
    from services.console.register.looking import find as run

    wanted = Wanted(
        code=code, external_id=external_id, phone=phone, name=name, skill=skill, unit=unit, node=node
    )
    if wanted == Wanted():
        raise typer.BadParameter("State at least one criterion.")
    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, wanted, as_json=json))


@app.command()
def show(
    member: Member,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Show all that the register has about somebody."""
    from services.console.configuration import load
    from services.console.register.looking import show as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, member, as_json=json))


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="The number, unique in the district.")],
    name: Annotated[str, typer.Argument(help="What they are called.")],
    kind: Type,
    *,
    unit: Unit = "",
    phone: Phone = "",
    external_ids: ExternalIds = None,
    skills: Skills = None,
    probationary: Annotated[
        bool, typer.Option("--probationary", help="A probationary Party member.")
    ] = False,
    on: On = None,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Put somebody on the register."""
    from services.console.configuration import load
    from services.console.register.changing import add as run

    details = _details(name=name, kind=kind, phone=phone, external_ids=external_ids, skills=skills)
    details |= {"probationary": True} if probationary else {}
    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings,
        lambda desk: run(desk, code=code, unit=unit, on=on, details=details, as_json=json),
        caller=caller,
    )


@app.command()
def update(
    member: Member,
    *,
    name: Name = "",
    kind: Type = "",
    phone: Phone = "",
    external_ids: ExternalIds = None,
    skills: Skills = None,
    probationary: Annotated[
        bool | None, typer.Option("--probationary/--full", help="A probationary Party member, or a full one.")
    ] = None,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Change what is stated; the rest stays as it is. The work unit is changed by an import with --update."""
    from services.console.configuration import load
    from services.console.register.changing import update as run

    details = _details(name=name, kind=kind, phone=phone, external_ids=external_ids, skills=skills)
    details |= {} if probationary is None else {"probationary": probationary}
    if not details:
        raise typer.BadParameter("State what is to be changed.")
    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, member=member, details=details, as_json=json), caller=caller)


@app.command()
def merge(
    survivor: Member,
    duplicate: Annotated[str, typer.Argument(help="The number or the id of who turned out to be the first.")],
    *,
    reason: Annotated[str, typer.Option(help="Why they are one person.")],
    dry_run: DryRun = False,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Take two for one person (合并); can be taken back."""
    from services.console.configuration import load
    from services.console.register.changing import merge as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings,
        lambda desk: run(
            desk, survivor=survivor, duplicate=duplicate, reason=reason, dry_run=dry_run, as_json=json
        ),
        caller=caller,
    )


@app.command()
def unmerge(
    merge_id: Annotated[str, typer.Argument(help="The id of the merge, as `linli members show` has it.")],
    *,
    reason: Annotated[str, typer.Option(help="Why they are two persons after all.")],
    dry_run: DryRun = False,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Take a merge back."""
    from services.console.configuration import load
    from services.console.register.changing import unmerge as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings,
        lambda desk: run(desk, merge_id=merge_id, reason=reason, dry_run=dry_run, as_json=json),
        caller=caller,
    )


def _details(
    *, name: str, kind: str, phone: str, external_ids: list[str] | None, skills: list[str] | None
) -> dict[str, Any]:
    """Put what was stated about somebody as fields of the API; what was not is left out."""
    from linli.members.v1.member_pb2 import ExternalId

    from services.console.importing.members import TYPES

    member_type = TYPES.known().get(kind.casefold())
    if kind and member_type is None:
        raise typer.BadParameter(f"There is no type {kind}; give one of {TYPES.shown()}.")
    pairs = [each.partition(":") for each in external_ids or ()]
    if any(not system or not value for system, _, value in pairs):
        raise typer.BadParameter("An external id is system:id.")
    stated = {
        "name": name,
        "member_type": member_type,
        "phone": phone,
        "external_ids": [ExternalId(system=system, value=value) for system, _, value in pairs],
        "skills": skills,
    }
    return {field: value for field, value in stated.items() if value}
