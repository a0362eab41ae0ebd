"""`linli members`: the register from the command line."""

import typer

from services.console.commands import statements

app = typer.Typer(
    no_args_is_help=True, help="Work with the register: who serves where, and what units are told."
)
app.add_typer(statements.app, name="statements")
