"""`linli facts`: how consumers stand to the logs they follow, and what a person has to mend there."""

from typing import Annotated, TypeAlias

import typer

from services.console.commands.options import DataDir, Json, Service, Target

app = typer.Typer(
    no_args_is_help=True, help="See how far consumers of facts are, and mend what stopped them."
)

Consumer: TypeAlias = Annotated[Service, typer.Argument(help="The service that consumes.")]


@app.command()
def lag(
    consumer: Annotated[
        Service | None, typer.Argument(help="The service that consumes. Default: all.")
    ] = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Show how far consumers are; 1 if a log is not followed or a subject is parked."""
    import asyncio

    from services.console.configuration import load
    from services.console.lag import show_lag

    settings = load(data_dir=data_dir, target=target)
    is_well = asyncio.run(show_lag(settings, consumer=consumer, as_json=json))
    raise typer.Exit(0 if is_well else 1)


@app.command()
def parked(consumer: Consumer, data_dir: DataDir = None, target: Target = None, json: Json = False) -> None:
    """List subjects that could not be computed, and why."""
    import asyncio

    from services.console.configuration import load
    from services.console.mending import show_parked

    settings = load(data_dir=data_dir, target=target)
    asyncio.run(show_parked(settings, consumer=consumer, as_json=json))


@app.command()
def replay(
    consumer: Consumer,
    subjects: Annotated[list[str] | None, typer.Argument(help="Which, as kind:id. Default: all.")] = None,
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Try parked subjects again at once."""
    import asyncio

    from services.console.configuration import load
    from services.console.mending import replay as run

    settings = load(data_dir=data_dir, target=target)
    asyncio.run(run(settings, consumer=consumer, subjects=subjects or [], as_json=json))


@app.command()
def rejoin(
    consumer: Consumer,
    log: Annotated[str, typer.Argument(help="The log that has diverged.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    accept_log_id: Annotated[
        str, typer.Option(help="The id of a log that replaced the one that was kept: follow it instead.")
    ] = "",
    data_dir: DataDir = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Follow a log again that was restored to an earlier state: go back to the last common fact."""
    import asyncio

    from services.console.configuration import load
    from services.console.mending import Going
    from services.console.mending import rejoin as run

    settings = load(data_dir=data_dir, target=target)
    going = Going(consumer=consumer, log=log, accept_log_id=accept_log_id, dry_run=dry_run)
    asyncio.run(run(settings, going, as_json=json))
