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
from services.console.wording import say

KEPT_MAX: Final = 1_000
"""Findings that are kept to be shown; the file of errors has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    row: int
    column: str
    """As the file calls it; empty: the whole row."""
    problem: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Findings:
    """Counts rows, keeps the first findings, and hands every refused row on."""

    hand_on: Callable[[Row, str], None]
    """Takes each refused row with all that is wrong with it."""
    kept: list[Finding] = field(default_factory=list)
    left_out: int = 0

    def add(self, row: Row, found: Sequence[Finding]) -> None:
        self.hand_on(row, " ".join(f"{each.column}：{each.problem}" if each.column else each.problem for each in found))
        room = KEPT_MAX - len(self.kept)
        self.kept += found[:room]
        self.left_out += max(len(found) - room, 0)


def problem_in(refused: Status, kind: Kind, /) -> Problem:
    """Understand what the server refused."""
    info, blamed, said = ErrorInfo(), BadRequest(), LocalizedMessage()
    for message in (info, blamed, said):
        _unpack(refused, message)
    text = said.message or refused.message
    if info.reason == InvalidField.reason and blamed.field_violations:
        text = " ".join(dict.fromkeys(each.description for each in blamed.field_violations))
    if other := info.metadata.get("member_id") or info.metadata.get("work_unit_id") or info.metadata.get("node_id"):
        text = say("import.about", problem=text, id=other)
    columns = dict.fromkeys(kind.column_of(each.field) for each in blamed.field_violations)
    return Problem(columns=tuple(columns), text=text, reason=info.reason)


def _unpack(refused: Status, message: Message) -> None:
    for detail in refused.details:
        if detail.Unpack(message):
            return
