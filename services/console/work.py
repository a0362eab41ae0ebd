"""`linli work`: the work of one service, in a process of its own; any number of them may run."""

from collections.abc import Callable

from services.chassis.metrics.served import metrics_served
from services.chassis.roles import Role
from services.chassis.settings import Settings
from services.console.assembly import assembled
from services.console.configuration import SERVICES
from services.console.process import refuse_ended, told_to_stop, until_stopped
from services.console.requirements import shared_secret


async def work(
    settings: Settings, *, service: str, roles: frozenset[Role], started: Callable[[], None]
) -> None:
    """Do the work of a service until SIGTERM or SIGINT.

    What a process has begun when it is told to stop is rolled back and begun again by another.

    Args:
        settings: Of this process, with all that `requirements.of_own_process` asks for.
        service: Its name.
        roles: What to do.
        started: Called once the work goes on.

    Raises:
        CannotStart: A setting cannot work, the database is not migrated.
        PartStopped: A part of the work ended; the log tells why.
    """
    stop = told_to_stop()
    secret = shared_secret(settings)
    targets = {name: settings.target_of(name) for name in SERVICES}
    with metrics_served(settings):
        async with (
            assembled(
                settings, services=[service], roles=roles, secret=secret, migrated_here=False
            ) as assembly,
            assembly.neighbours.reached_at(targets),
            assembly.works() as tasks,
        ):
            started()
            await until_stopped(stop, tasks)
            refuse_ended(tasks)
