"""What is wrong with the rows of a file, for whoever mends them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage
from google.rpc.status_pb2 import Status

from services.chassis.faults import InvalidField
from services.console.importing.kind import Kind
from services.console.importing.stating import Problem
from services.console.sheets.reading import Row
from services.console.wording import listed, say

KEPT_MAX: Final = 1_000
"""Findings that are kept to be shown; the file of errors has all of them."""
_OTHERS: Final = ("member_id", "work_unit_id", "node_id")
"""What names the record that stands in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    row: int
    column: str
    """As the file calls it; empty: the whole row."""
    problem: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Findings:
    """Keeps the first findings, and hands every refused row on."""

    hand_on: Callable[[Row, str], None]
    """Takes each refused row with all that is wrong with it."""
    kept: list[Finding] = field(default_factory=list)
    left_out: int = 0

    def add(self, row: Row, found: Sequence[Finding]) -> None:
        self.hand_on(row, " ".join(map(_sentence, found)))
        room = KEPT_MAX - len(self.kept)
        self.kept += found[:room]
        self.left_out += max(len(found) - room, 0)


def problem_in(refused: Status, kind: Kind, /) -> Problem:
    """Understand what the server refused."""
    info, blamed, said = ErrorInfo(), BadRequest(), LocalizedMessage()
    for message in (info, blamed, said):
        _unpack(refused, message)
    columns = dict.fromkeys(kind.column_of(each.field) for each in blamed.field_violations)
    text = said.message or refused.message
    if info.reason == InvalidField.reason and columns:
        # The catalogue has words for the reason alone, which here does not say what is wrong.
        known = [say(kind.hints[key]) for key in columns if key in kind.hints]
        text = " ".join(known or dict.fromkeys(each.description for each in blamed.field_violations))
    if others := [info.metadata[name] for name in _OTHERS if name in info.metadata]:
        text = say("import.about", problem=text, id=listed(others))
    return Problem(columns=tuple(columns), text=text, reason=info.reason)


def _sentence(finding: Finding) -> str:
    if not finding.column:
        return finding.problem
    return say("import.in_column", column=finding.column, problem=finding.problem)


def _unpack(refused: Status, message: Message) -> None:
    for detail in refused.details:
        if detail.Unpack(message):
            return
