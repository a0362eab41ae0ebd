"""What the settings of a process of its own must have: it shares nothing but servers with the others."""

from collections.abc import Iterator

from services.chassis.frame import Declaration
from services.chassis.requests import RequestSecret
from services.chassis.setting_sources import Requirement
from services.chassis.setting_values import Unfit
from services.chassis.settings import Settings


def of_own_process(declaration: Declaration, /) -> Requirement:
    """List what a server or worker of one service needs."""

    def unfit(settings: Settings) -> Iterator[tuple[str, Unfit]]:
        if not settings.database_urls.get(declaration.name, "").startswith("postgresql:"):
            yield (
                f"{declaration.name}.database_url",
                Unfit(
                    "Processes of their own share a PostgreSQL database.",
                    "Give postgresql://..., or serve everything in one process.",
                ),
            )
        if settings.request_key is None:
            yield (
                "request_key",
                Unfit(
                    "The processes of an installation have one key for the digests of requests.",
                    "Give all of them the same 32 or more random characters.",
                ),
            )
        for other in dict.fromkeys([*declaration.follows, *declaration.asks]):
            if settings.target_of(other) is None:
                yield (
                    f"{other}.target",
                    Unfit(f"It is not said where the server of {other} is.", "Give its host:port."),
                )

    return unfit


def shared_secret(settings: Settings, /) -> RequestSecret:
    """Give the key that all processes of an installation share.

    Raises:
        ValueError: The settings have none: they were not held against `of_own_process`.
    """
    if settings.request_key is None:
        raise ValueError("A process of its own has a request_key.")
    return RequestSecret.of(settings.request_key)
