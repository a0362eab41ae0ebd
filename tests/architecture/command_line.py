"""What of the `linli` command line exists, asked of the command itself, without running anything."""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from typer.main import get_command

from services.console.main import app

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\S*/)?linli [^`]+)`")
ENDS_OF_A_COMMAND = re.compile(r"\s*(?:&&|\|\||[|;>#])\s*|\s#\s.*")
SHELL = {"sh", "bash", "console"}


def parse(words: Sequence[str]) -> None:
    """Parse what follows `linli`, as the command does before it runs.

    Raises:
        UsageError: The library's, with what is wrong.
    """
    command: Any = get_command(app)
    name, parent, rest = "linli", None, list(words)
    while True:
        context = command.make_context(name, rest, parent=parent)
        if not hasattr(command, "resolve_command"):
            return
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        parent = context


def unknown(words: Sequence[str]) -> list[str]:
    """List commands and options that do not exist; documents name arguments only by what they stand for."""
    command: Any = get_command(app)
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        names = rest.pop(0).strip(".,").split("|")
        if missing := [name for name in names if name not in command.commands]:
            return missing
        command = command.commands[names[0]]
    options = {"--help"}.union(*(parameter.opts for parameter in command.params))
    named = [word.strip("[]").partition("=")[0] for word in rest if word.lstrip("[").startswith("--")]
    return [name for name in named if name not in options]


def commands_in(document: str) -> Iterator[list[str]]:
    """Give the words after `linli` wherever a document shows it, in blocks of shell and between backticks."""
    for language, block in FENCED.findall(document):
        if language in SHELL:
            for line in block.replace("\\\n", " ").splitlines():
                for command in ENDS_OF_A_COMMAND.split(line):
                    yield from _after_linli(command)
    for quoted in INLINE.findall(FENCED.sub("", document)):
        yield from _after_linli(quoted)


def _after_linli(command: str) -> Iterator[list[str]]:
    try:
        words = shlex.split(command)
    except ValueError:  # half of something that was quoted
        return
    # Elsewhere it is the name of a user, a database or a folder.
    while words and ("=" in words[0] or words[0] in {"docker", "compose", "exec", "-f"}):
        del words[: 2 if words[0] in {"exec", "-f"} else 1]
    if words and words[0].rpartition("/")[2] == "linli":
        yield words[1:]
