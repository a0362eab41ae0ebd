"""The `linli` command. Modules are imported when their command runs, so that `linli --help` is quick.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage, a wrong setting included.
"""

import sys

import typer

from services.console.commands import databases, facts, files, looking, members, processes, years

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Linli (邻里): who serves a neighbourhood, and what that service is worth.",
)
for group in (processes, years, looking, databases, files):
    app.add_typer(group.app)
app.add_typer(facts.app, name="facts")
app.add_typer(members.app, name="members")


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
