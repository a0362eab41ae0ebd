"""`linli serve` and `linli work`: processes that stay until they are told to stop."""

from typing import Annotated

import typer

from services.chassis.roles import EVERY_ROLE, Role
from services.chassis.settings import Settings
from services.console.commands.leaving import load_to_leave
from services.console.commands.options import DatabaseUrl, DataDir, MetricsPort, RedisUrl, Service

app = typer.Typer()


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


def _load_for_process(service: Service | None, *, database_url: str | None, **options: object) -> Settings:
    """Read the settings of a process, and refuse what a process of one service cannot work with."""
    if service is None and database_url:
        raise typer.BadParameter("--database-url is for the process of one service; say which.")
    requirement = None
    if service is not None:
        from services.console.assembly import BOOTSTRAPS
        from services.console.requirements import of_own_process

        options[f"{service}.database_url"] = database_url
        requirement = of_own_process(BOOTSTRAPS[service].declaration)
    return load_to_leave(requirement, **options)


def _say_where(target: str) -> None:
    print(f"Linli listens on {target}", flush=True)
