"""`linli demo` and `linli replay`: a year goes through the services."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from services.console.commands.options import Json, Keep, Target

_KEEP_AND_TARGET = "--keep is for a server of the command's own; the settings name one that runs."


app = typer.Typer()


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
