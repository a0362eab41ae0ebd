"""`linli migrate`, `linli backup` and `linli restore`: the commands that open databases themselves."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from services.console.commands.leaving import load_to_leave
from services.console.commands.options import DatabaseUrl, DataDir, Json, Service

app = typer.Typer()


@app.command()
def migrate(
    services: Annotated[list[Service] | None, typer.Argument(help="Which services. Default: all.")] = None,
    *,
    phase: Annotated[
        Literal["pre", "post", "all"],
        typer.Option(help="pre: before new code; post: once it runs everywhere; all: while nothing runs."),
    ] = "pre",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run; change nothing.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make and migrate the databases of services; a new one gets everything, whatever the phase."""
    import asyncio

    from services.chassis.sql.migrations import Phase
    from services.console.migrating import show_migrate

    wanted = [str(service) for service in dict.fromkeys(services or Service)]
    if database_url and len(wanted) != 1:
        raise typer.BadParameter("--database-url is for one service; name it.")
    settings = load_to_leave(None, data_dir=data_dir, **{f"{wanted[0]}.database_url": database_url})
    asyncio.run(show_migrate(settings, services=wanted, phase=Phase(phase), dry_run=dry_run, as_json=json))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="DEST", help="The folder to make.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Copy an embedded data folder, served or not, as of one moment, and verify the copy; 1 if it differs."""
    from services.console.backup import back_up

    settings = load_to_leave(data_dir=data_dir)
    raise typer.Exit(0 if back_up(settings, to=to, as_json=json) else 1)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The folder to make, or an empty one.")],
    json: Json = False,
) -> None:
    """Make a data folder from a backup and verify it; 1 if something differs."""
    from services.console.restore import restore as run

    settings = load_to_leave(data_dir=data_dir)
    raise typer.Exit(0 if run(settings, backup=backup, as_json=json) else 1)
