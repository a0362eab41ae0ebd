"""`linli serve`: all services in one process, or the server of one."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.chassis.administration import administration
from services.chassis.facts.feed import feed
from services.chassis.facts.operating import consumers
from services.chassis.jobs.serving import job_service
from services.chassis.metrics.served import metrics_served
from services.chassis.requests import RequestSecret
from services.chassis.roles import EVERY_ROLE, Role
from services.chassis.rpc.server import Server, must_be_free
from services.chassis.rpc.table import Registration
from services.chassis.settings import Settings
from services.console.assembly import BOOTSTRAPS, Assembly, assembled
from services.console.configuration import SERVICES
from services.console.folder import announced, claimed, request_secret
from services.console.process import Task, refuse_ended, told_to_stop, until_stopped
from services.console.requirements import shared_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server that answers, and what runs beside it."""

    server: Server
    target: str
    tasks: list[Task]


async def serve_all(settings: Settings, *, started: Callable[[str], None], with_parent: bool = False) -> None:
    """Serve all services and do their work, until SIGTERM or SIGINT; then drain.

    Args:
        settings: Of this process.
        started: Told the address once calls are answered.
        with_parent: Stop as well when the standard input ends, as it does when the parent that holds it dies.

    Raises:
        CannotStart: The folder is in use, the address is taken, a setting cannot work.
        PartStopped: Something beside the server ended; the log tells why.
    """
    stop = told_to_stop(with_parent=with_parent)
    must_be_free(host=settings.host, port=settings.port)
    with metrics_served(settings), claimed(settings.data_dir):
        secret = request_secret(settings.data_dir, key=settings.request_key)
        async with _serving(
            settings, secret, services=list(BOOTSTRAPS), roles=EVERY_ROLE, migrated_here=True
        ) as serving:
            with announced(settings.data_dir, target=serving.target):
                await serving.server.set_ready(True)
                started(serving.target)
                await until_stopped(stop, serving.tasks)
                await serving.server.drain()
            refuse_ended(serving.tasks)


async def serve_one(settings: Settings, *, service: str, started: Callable[[str], None]) -> None:
    """Serve one service, whose work others do (`linli work`), until SIGTERM or SIGINT; then drain.

    Args:
        settings: Of this process, with all that `requirements.of_own_process` asks for.
        service: Its name.
        started: Told the address once calls are answered.

    Raises:
        CannotStart: The address is taken, a setting cannot work, the database is not migrated.
        PartStopped: Something beside the server ended; the log tells why.
    """
    stop = told_to_stop()
    must_be_free(host=settings.host, port=settings.port)
    secret = shared_secret(settings)
    with metrics_served(settings):
        async with _serving(
            settings, secret, services=[service], roles=frozenset(), migrated_here=False
        ) as serving:
            await serving.server.set_ready(True)
            started(serving.target)
            await until_stopped(stop, serving.tasks)
            await serving.server.drain()
            refuse_ended(serving.tasks)


@asynccontextmanager
async def _serving(
    settings: Settings,
    secret: RequestSecret,
    *,
    services: Sequence[str],
    roles: frozenset[Role],
    migrated_here: bool,
) -> AsyncGenerator[Serving]:
    async with assembled(
        settings, services=services, roles=roles, secret=secret, migrated_here=migrated_here
    ) as assembly:
        own = [each for rooms in assembly.rooms.values() for each in rooms.registrations]
        server = Server(settings=settings, registrations=[*own, *_shared(assembly)])
        target = _address(settings.host, await server.start())
        targets = {name: settings.target_of(name) for name in SERVICES} | dict.fromkeys(services, target)
        doors = [frame.door.run() for frame in assembly.frames.values()]
        async with assembly.neighbours.reached_at(targets), assembly.works(*doors) as tasks:
            yield Serving(server=server, target=target, tasks=tasks)


def _shared(assembly: Assembly) -> list[Registration]:
    """List what every service has, one registration for all that this process serves."""
    frames = assembly.frames
    databases = {name: frame.database for name, frame in frames.items()}
    operating = [consumers(frames, assembly.rooms), administration(frames)]
    return [feed(frames), job_service(databases), *operating]


def _address(host: str, port: int) -> str:
    """Say how clients on this machine reach a server that listens on a host."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"[{here}]:{port}" if ":" in here else f"{here}:{port}"
