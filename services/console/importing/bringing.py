"""Brings the rows of a file in, a batch after the other, and says what became of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from google.rpc.status_pb2 import Status
from grpc import aio

from services.chassis.ids import new_id
from services.console.calls import call, reason
from services.console.faults import CallRefused
from services.console.importing.findings import Finding, Findings, problem_in
from services.console.importing.kind import REFUSE, UPDATE, Kind
from services.console.importing.stating import Problem, Stated
from services.console.sheets.columns import Mapped
from services.console.sheets.reading import Row
from services.console.steps import Advance
from services.console.wording import listed, say

BATCH_SIZE: Final = 1_000
"""Every row may be refused, and the refusals of one answer have to fit a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    dry_run: bool
    update: bool
    """What a row states becomes true, if the register has it otherwise."""
    accept_duplicates: bool
    caller: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the rows so far."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    stopped: CallRefused | None = None
    """Why the server could not be asked any more; the rows after that are not in."""

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    row: Row
    message: Any


@dataclass(slots=True, kw_only=True)
class Bringing:
    """One file on its way in.

    A batch waits for the one before it: rows are decided in their order, and a later one may name what an
    earlier one brought. The request ids are of this upload, so that a batch that is sent again because no
    answer came has no second effect. They are not made of what the rows say: a file that comes again is
    compared with the register as it is by then, and nobody can guess names and phones from them.
    """

    kind: Kind
    mapped: Mapped
    options: Options
    findings: Findings
    zone: ZoneInfo
    today: date
    tally: Tally = field(default_factory=Tally)
    _upload_id: str = field(default_factory=new_id)
    _first_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    """From what only one row may have to the number of that row."""
    _refused: list[tuple[Row, list[Problem]]] = field(default_factory=list)
    """Of the batch that is on its way."""
    _would_be_new: set[str] = field(default_factory=set)
    """In a dry run: the codes of earlier batches that the server would know by now."""

    async def bring(self, channel: aio.Channel, rows: Iterator[Row], *, advance: Advance) -> None:
        """Bring all rows in, as far as they are accepted."""
        rpc = self.kind.rpc(channel)
        while batch := list(islice(rows, BATCH_SIZE)):
            sound = [sent for row in batch if (sent := self._read(row))]
            try:
                await self._send(rpc, sound)
            except CallRefused as refused:
                self.tally.stopped = refused
                return
            finally:
                self._tell()
            advance(len(batch))

    def _read(self, row: Row) -> _Sent | None:
        stated = Stated(values=self.mapped.values(row), zone=self.zone, today=self.today)
        message = self.kind.row(stated)
        for key, value in self.kind.once(message):
            first = self._first_rows.setdefault((key, value), row.number) if value else row.number
            if first != row.number:
                text = say("import.same_as_row", row=first)
                stated.problems.append(Problem(columns=(key,), text=text, reason="ROW_TWICE"))
        if stated.problems:
            self._refuse(row, stated.problems)
            return None
        message.request_id = f"{self._upload_id}-{row.number}"
        message.if_differs = REFUSE
        if self.options.accept_duplicates and hasattr(message, "accept_duplicate"):
            message.accept_duplicate = True
        return _Sent(row=row, message=message)

    async def _send(self, rpc: Any, sent: list[_Sent]) -> None:
        """Send rows; those that the register has otherwise once more, if they are to change it.

        Only so it shows which rows change something: an answer to a row that updates does not say it.
        """
        differing = []
        for each, result in zip(sent, await self._results(rpc, sent), strict=True):
            if result.WhichOneof("outcome") == "written":
                is_new = bool(result.written.positions)
                self.tally.created += is_new
                self.tally.unchanged += not is_new
            elif self.options.update and reason(result.refused) == self.kind.differs:
                differing.append(each)
            else:
                self._count_refused(each, result.refused)
        for each in differing:
            each.message.if_differs = UPDATE
            each.message.request_id += "-u"
        for each, result in zip(differing, await self._results(rpc, differing), strict=True):
            if result.WhichOneof("outcome") == "written":
                self.tally.changed += 1
            else:
                self._count_refused(each, result.refused)
        if self.options.dry_run:
            self._would_be_new.update(each.message.code for each in sent)

    async def _results(self, rpc: Any, sent: list[_Sent]) -> list[Any]:
        if not sent:
            return []
        items = [each.message for each in sent]
        request = self.kind.request(items=items, dry_run=self.options.dry_run)
        answer = await call(rpc, request, caller=self.options.caller)
        return list(answer.results)

    def _count_refused(self, sent: _Sent, refused: Status) -> None:
        is_unknown = bool(self.kind.parent_unknown) and reason(refused) == self.kind.parent_unknown
        if is_unknown and sent.message.parent_code in self._would_be_new:
            # The server has decided a dry run without the batches before.
            self.tally.created += 1
        else:
            self._refuse(sent.row, [problem_in(refused, self.kind)])

    def _refuse(self, row: Row, problems: list[Problem]) -> None:
        self.tally.refused += 1
        self._refused.append((row, problems))

    def _tell(self) -> None:
        """Hand on what was refused in a batch, in the order of its rows."""
        for row, problems in sorted(self._refused, key=lambda each: each[0].number):
            found = [
                Finding(
                    row=row.number,
                    column=listed(self._headings(problem)),
                    problem=problem.text,
                    reason=problem.reason,
                )
                for problem in problems
            ]
            self.findings.add(row, found)
        self._refused.clear()

    def _headings(self, problem: Problem) -> Iterator[str]:
        """Name columns as the file does."""
        for key in problem.columns:
            known = [
                heading for each, heading in self.mapped.headings.items() if each.partition(":")[0] == key
            ]
            yield self.mapped.headings.get(key) or listed(known) or key
