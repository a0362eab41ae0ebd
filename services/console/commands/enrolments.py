"""`linli members enrol` and what follows from it: where people serve, who takes part and who is missing."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from services.console.commands.acting import As, Community, Member, Node, On, Reason, Unit, at_desk
from services.console.commands.options import DataDir, Json, Language, Target

app = typer.Typer()

Period: TypeAlias = Annotated[str, typer.Argument(help="2025, 2025-H1, 2025-Q3, 2025-11 or 2025-W47.")]
PER_CENT_MAX = 100


class Grouping(StrEnum):
    COMMUNITY = "community"
    STREET = "street"
    UNIT = "work_unit"


class Missed(StrEnum):
    ENROLMENT = "not_enrolled"
    RENEWAL = "not_renewed"
    PARTICIPATION = "not_participating"


@app.command()
def enrol(
    member: Member,
    community: Community,
    *,
    on: On = None,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Enrol somebody with a community (报到)."""
    from services.console.configuration import load
    from services.console.register.changing import enrol as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings,
        lambda desk: run(desk, member=member, community=community, on=on, as_json=json),
        caller=caller,
    )


@app.command()
def transfer(
    member: Member,
    community: Community,
    *,
    on: On = None,
    reason: Reason = "",
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Let an enrolment end and another begin at the same moment (转移)."""
    from services.console.configuration import load
    from services.console.register.changing import transfer as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings,
        lambda desk: run(desk, member=member, community=community, on=on, reason=reason, as_json=json),
        caller=caller,
    )


@app.command()
def end(
    member: Member,
    *,
    on: On = None,
    reason: Reason = "",
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """End the enrolment that is in force."""
    from services.console.configuration import load
    from services.console.register.changing import end as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(
        settings, lambda desk: run(desk, member=member, on=on, reason=reason, as_json=json), caller=caller
    )


@app.command()
def renew(
    member: Member,
    *,
    on: On = None,
    caller: As = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Note that somebody returned to the community (返报到)."""
    from services.console.configuration import load
    from services.console.register.changing import renew as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, member=member, on=on, as_json=json), caller=caller)


@app.command()
def missing(
    kind: Annotated[Missed, typer.Argument(help="What they miss.")],
    period: Period,
    *,
    unit: Unit = "",
    node: Node = "",
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """List who is not enrolled, has not renewed or did not participate."""
    from services.console.configuration import load
    from services.console.register.taking_part import missing as run

    if unit and node:
        raise typer.BadParameter("Give --unit or --node, not both.")
    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, kind=kind, period=period, unit=unit, node=node, as_json=json))


@app.command()
def participation(
    period: Period,
    *,
    by: Annotated[Grouping, typer.Option(help="What the rows are.")] = Grouping.COMMUNITY,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Show enrolled, participating and rates (参与率), with their sums."""
    from services.console.configuration import load
    from services.console.register.taking_part import participation as run

    settings = load(data_dir=data_dir, target=target, language=language)
    at_desk(settings, lambda desk: run(desk, period=period, by=by, as_json=json))


@app.command()
def share(
    unit: Annotated[str, typer.Argument(help="The code or the id of a work unit.")],
    *,
    threshold: Annotated[
        float, typer.Option(min=0.01, max=PER_CENT_MAX, help="The share that is enough, in per cent.")
    ] = 95.0,
    language: Language = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Show which share of a unit's in-service members is enrolled (报到率); 1 if it is not enough."""
    from services.console.configuration import load
    from services.console.register.taking_part import share as run

    settings = load(data_dir=data_dir, target=target, language=language)
    is_enough = at_desk(
        settings, lambda desk: run(desk, unit=unit, threshold_per_cent=threshold, as_json=json)
    )
    raise typer.Exit(0 if is_enough else 1)
