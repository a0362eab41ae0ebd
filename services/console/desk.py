"""Where a command that writes a year works: the servers, the bars, and what was written so far."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from google.rpc.status_pb2 import Status
from grpc import aio
from linli.feed.v1.write_pb2 import WriteResult, Written

from services.console.calls import call, reason
from services.console.channels import Channels
from services.console.faults import ItemRefused, OtherDistrict, WritingStopped
from services.console.steps import Advance, Steps

BATCH_SIZE = 1_000
BATCHES_IN_FLIGHT = 3
_OTHER_DISTRICT = {"DISTRICT_EXISTS", "CODE_TAKEN", "REQUEST_ID_REUSED"}

Item = TypeVar("Item")
Batch = TypeVar("Batch")
Request = TypeVar("Request")


class BatchResponse(Protocol):
    @property
    def results(self) -> Iterable[WriteResult]: ...


class WriteResponse(Protocol):
    @property
    def written(self) -> Written: ...


BatchAnswer = TypeVar("BatchAnswer", bound=BatchResponse)
Answer = TypeVar("Answer", bound=WriteResponse)


@dataclass(slots=True, kw_only=True)
class Desk(ABC):
    channels: Channels
    steps: Steps
    caller: str
    """Brings the records."""
    ids: dict[str, str] = field(default_factory=dict)
    """The id that the server gave to each code."""
    positions: dict[str, int] = field(default_factory=dict)
    """The last position of each log that states what the command wrote; the same when it is repeated."""

    @abstractmethod
    def request_id(self, verb: str, code: str) -> str:
        """Derive a request id that is the same when the command is repeated."""

    def at_least(self, *logs: str) -> dict[str, int]:
        """Give the positions of these logs that a service has to have received."""
        return {log: self.positions[log] for log in logs if log in self.positions}

    async def write(
        self,
        rpc: aio.UnaryUnaryMultiCallable[Batch, BatchAnswer],
        batch: Callable[..., Batch],
        *,
        items: Mapping[str, Item],
        advance: Advance,
        after: Sequence[str] = (),
    ) -> None:
        """Write items (by code) in batches, a few at once; keep the ids that come back.

        Args:
            rpc: The batch RPC.
            batch: Its request, made from `items` and `at_least`.
            items: In no needed order.
            advance: Is told as items are written.
            after: The logs whose facts so far the service has to know.

        Raises:
            ItemRefused: Names the item's code and the server's reason.
        """
        codes = list(items)
        room = asyncio.Semaphore(BATCHES_IN_FLIGHT)

        async def send(part: Sequence[str]) -> None:
            async with room:
                request = batch(items=[items[code] for code in part], at_least=self.at_least(*after))
                answer = await call(rpc, request, caller=self.caller)
            for code, result in zip(part, answer.results, strict=True):
                self._keep(code, result)
            advance(len(part))

        parts = [codes[start : start + BATCH_SIZE] for start in range(0, len(codes), BATCH_SIZE)]
        tasks = [asyncio.create_task(send(part)) for part in parts]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def write_one(
        self,
        rpc: aio.UnaryUnaryMultiCallable[Request, Answer],
        request: Request,
        *,
        caller: str,
    ) -> str:
        """Write one thing and return its id."""
        written = (await call(rpc, request, caller=caller)).written
        self._advance_positions(written)
        return written.id

    def _keep(self, code: str, result: WriteResult) -> None:
        if result.WhichOneof("outcome") != "written":
            raise _refusal(code, result.refused)
        self.ids[code] = result.written.id
        self._advance_positions(result.written)

    def _advance_positions(self, written: Written) -> None:
        for log, position in written.positions.items():
            self.positions[log] = max(position, self.positions.get(log, 0))


def _refusal(code: str, refused: Status) -> WritingStopped:
    why = reason(refused)
    if why in _OTHER_DISTRICT:
        return OtherDistrict(code=code, reason=why)
    return ItemRefused(f"{code} was refused: {why or refused.code}: {refused.message}", code=code, reason=why)
