"""What commands about the register have in common: who is meant, who acts, when and why."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from services.chassis.settings import Settings

if TYPE_CHECKING:
    from services.console.register.desk import Desk

Member: TypeAlias = Annotated[str, typer.Argument(help="The number or the id of a member.")]
Community: TypeAlias = Annotated[str, typer.Argument(help="The code or the id of a community.")]
As: TypeAlias = Annotated[
    str,
    typer.Option("--as", help="Who acts: member:<id>, with a role there; or service:<name>. Default: linli."),
]
On: TypeAlias = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="When it happened. Default: now."),
]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why; needed for what changes the past.")]
Unit: TypeAlias = Annotated[str, typer.Option(help="The code or the id of a work unit.")]
Node: TypeAlias = Annotated[str, typer.Option(help="The code or the id of a part of the grid.")]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
]

Answer = TypeVar("Answer")


def at_desk(settings: Settings, work: "Callable[[Desk], Awaitable[Answer]]", *, caller: str = "") -> Answer:
    """Do something at the desk of the register, in the name of a caller."""
    from services.console.people import run_for_person
    from services.console.register.desk import at_desk as opened

    async def run() -> Answer:
        async with opened(settings, caller=caller) as desk:
            return await work(desk)

    return run_for_person(settings, run)
