"""The `linli` command. Modules are imported when their command runs, so that `linli --help` is quick.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage, a wrong setting included.
"""

import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.chassis.roles import EVERY_ROLE, Role
from services.console.facts import app as facts
from services.console.options import DataDir, Json, Service, Target

if TYPE_CHECKING:
    from services.chassis.settings import Settings

PRIVATE = 0o077
"""The files of a server hold personal details: nobody else on the machine may read them."""


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Linli (邻里): who serves a neighbourhood, and what that service is worth.",
)

app.add_typer(facts, name="facts")

DatabaseUrl = Annotated[
    str | None, typer.Option(help="postgresql://... of the service, whose process is its own.")
]
RedisUrl = Annotated[
    str | None, typer.Option(help="redis://... of the doorbell. Default: none, polling between processes.")
]
MetricsPort = Annotated[
    int | None, typer.Option(help="Where Prometheus asks. Default: nowhere; 0: the system chooses.")
]
Keep = Annotated[Path | None, typer.Option(help="Keep the data in this folder, or go on in it.")]
_KEEP_AND_TARGET = "--keep is for a server of the command's own; the settings name one that runs."


@app.command()
def serve(
    service: Annotated[
        Service | None, typer.Argument(help="Only the server of this service. Default: all, with their work.")
    ] = None,
    *,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    host: Annotated[str | None, typer.Option(help="Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: 50051; 0: the system chooses.")] = None,
    metrics_port: MetricsPort = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when the standard input ends.", hidden=True)
    ] = False,
) -> None:
    """Keep all services up in one process, or the server of one, until SIGTERM."""
    import asyncio

    from services.console.serve import serve_all, serve_one

    settings = _load_for_process(
        service,
        data_dir=data_dir,
        database_url=database_url,
        redis_url=redis_url,
        host=host,
        port=port,
        metrics_port=metrics_port,
    )
    if service is None:
        asyncio.run(serve_all(settings, started=_say_where, with_parent=with_parent))
    else:
        asyncio.run(serve_one(settings, service=service, started=_say_where))


@app.command()
def work(
    service: Annotated[Service, typer.Argument(help="Whose work to do.")],
    *,
    only: Annotated[
        list[Role] | None, typer.Option(help="Only this part of it; may be given again. Default: all.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    host: Annotated[str | None, typer.Option(help="Of the metrics. Default: 127.0.0.1.")] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Receive facts, compute from them and bring jobs on for one service, until SIGTERM."""
    import asyncio

    from services.console.work import work as run

    settings = _load_for_process(
        service,
        data_dir=data_dir,
        database_url=database_url,
        redis_url=redis_url,
        host=host,
        metrics_port=metrics_port,
    )
    roles = frozenset(only) if only else EVERY_ROLE
    parts = ", ".join(sorted(roles))
    asyncio.run(
        run(
            settings,
            service=service,
            roles=roles,
            started=lambda: print(f"Linli works for {service}: {parts}", flush=True),
        )
    )


def _load_for_process(service: Service | None, *, database_url: str | None, **options: object) -> "Settings":
    """Read the settings of a process that stays, and set up what it leaves behind: logs and files."""
    from services.chassis.logs import configure_logs
    from services.console.configuration import load

    if service is None and database_url:
        raise typer.BadParameter("--database-url is for the process of one service; say which.")
    requirement = None
    if service is not None:
        from services.console.assembly import BOOTSTRAPS
        from services.console.requirements import of_own_process

        options[f"{service}.database_url"] = database_url
        requirement = of_own_process(BOOTSTRAPS[service].declaration)
    settings = load(requirement, **options)
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    os.umask(PRIVATE)
    return settings


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed, another year.")] = 7,
    scale: Annotated[str, typer.Option(help="1 is the true size of the district.")] = "1",
    keep: Keep = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Run a district's year: service becomes points, a leaderboard and a reward list."""
    import asyncio

    from services.console.configuration import load, stated_targets
    from services.console.demo.faults import ScaleOutOfRange, SeedOutOfRange
    from services.console.demonstration import demonstrate

    try:
        size = Decimal(scale)
    except InvalidOperation as error:
        raise typer.BadParameter("The scale is a number such as 1 or 0.05.") from error
    targets = stated_targets(load(target=target))
    if targets and keep:
        raise typer.BadParameter(_KEEP_AND_TARGET)
    try:
        raise typer.Exit(
            asyncio.run(demonstrate(seed=seed, scale=size, folder=keep, targets=targets, as_json=json))
        )
    except (ScaleOutOfRange, SeedOutOfRange) as error:
        raise typer.BadParameter(error.message) from error


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(help="Has shifts.csv and volunteers.csv.")],
    keep: Keep = None,
    target: Target = None,
    json: Json = False,
) -> None:
    """Replay a real year of volunteer shifts in London's time, and compare what it adds up to."""
    import asyncio
    from datetime import UTC, datetime

    from services.console.configuration import load, stated_targets
    from services.console.replaying import replay as run

    targets = stated_targets(load(target=target))
    if targets and keep:
        raise typer.BadParameter(_KEEP_AND_TARGET)
    done = run(folder, folder=keep, targets=targets, as_json=json, now=datetime.now(UTC))
    raise typer.Exit(asyncio.run(done))


@app.command()
def status(data_dir: DataDir = None, target: Target = None, json: Json = False) -> None:
    """Show versions, databases, how far every consumer is, dirty and parked subjects."""
    import asyncio

    from services.console.configuration import load
    from services.console.status import show_status

    asyncio.run(show_status(load(data_dir=data_dir, target=target), as_json=json))


@app.command()
def verify(data_dir: DataDir = None, target: Target = None, json: Json = False) -> None:
    """Recompute everything and prove that ledger, points, boards and facts agree; 1 if they do not."""
    import asyncio

    from services.console.configuration import load
    from services.console.verify import show_verify

    agree = asyncio.run(show_verify(load(data_dir=data_dir, target=target), as_json=json))
    raise typer.Exit(0 if agree else 1)


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
    database_url: Annotated[str | None, typer.Option(help="Of the one service that is named.")] = None,
    json: Json = False,
) -> None:
    """Make and migrate the databases of services; a new one gets everything, whatever the phase."""
    import asyncio

    from services.chassis.logs import configure_logs
    from services.chassis.sql.migrations import Phase
    from services.console.configuration import load
    from services.console.migrating import show_migrate

    wanted = [str(service) for service in dict.fromkeys(services or Service)]
    if database_url and len(wanted) != 1:
        raise typer.BadParameter("--database-url is for one service; name it.")
    settings = load(None, data_dir=data_dir, **{f"{wanted[0]}.database_url": database_url})
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    os.umask(PRIVATE)
    asyncio.run(show_migrate(settings, services=wanted, phase=Phase(phase), dry_run=dry_run, as_json=json))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="DEST", help="The folder to make.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Copy an embedded data folder, served or not, as of one moment, and verify the copy; 1 if it differs."""
    from services.console.backup import back_up

    settings = _load_for_files(data_dir)
    raise typer.Exit(0 if back_up(settings, to=to, as_json=json) else 1)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The folder to make, or an empty one.")],
    json: Json = False,
) -> None:
    """Make a data folder from a backup and verify it; 1 if something differs."""
    from services.console.restore import restore as run

    settings = _load_for_files(data_dir)
    raise typer.Exit(0 if run(settings, backup=backup, as_json=json) else 1)


def _load_for_files(data_dir: Path | None) -> "Settings":
    """Read the settings of a command that makes files which are nobody else's business."""
    from services.chassis.logs import configure_logs
    from services.console.configuration import load

    settings = load(None, data_dir=data_dir)
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    os.umask(PRIVATE)
    return settings


def _say_where(target: str) -> None:
    print(f"Linli listens on {target}", flush=True)


def main() -> None:
    """Run the command; whatever is refused is one line and an exit code."""
    from services.chassis.faults import CannotStart, Fault
    from services.chassis.settings import SettingsInvalid

    try:
        app()
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except (CannotStart, Fault) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
