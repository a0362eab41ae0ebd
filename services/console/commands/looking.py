"""`linli status` and `linli verify`: how a running installation is."""

import typer

from services.console.commands.options import DataDir, Json, Target

app = typer.Typer()


@app.command()
def status(data_dir: DataDir = None, target: Target = None, json: Json = False) -> None:
    """Show versions, databases and how far every consumer is; 1 if a service does not answer."""
    import asyncio

    from services.console.configuration import load
    from services.console.status import show_status

    all_answer = asyncio.run(show_status(load(data_dir=data_dir, target=target), as_json=json))
    raise typer.Exit(0 if all_answer else 1)


@app.command()
def verify(data_dir: DataDir = None, target: Target = None, json: Json = False) -> None:
    """Recompute everything and prove that ledger, points, boards and facts agree; 1 if they do not."""
    import asyncio

    from services.console.configuration import load
    from services.console.verify import show_verify

    agree = asyncio.run(show_verify(load(data_dir=data_dir, target=target), as_json=json))
    raise typer.Exit(0 if agree else 1)
