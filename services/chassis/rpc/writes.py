"""Serves the writes of a proto service: decode, bring through the door, encode.

Every write has a `request_id`; every batch has `items`, `all_or_nothing`, `dry_run` and `at_least`; every
message of a stream has `items`, and its answer `imported`. What they mean is the same everywhere, so it is
done here and no service sees it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from linli.feed.v1.write_pb2 import WriteResult, Written

from services.chassis.call import Call
from services.chassis.door import Door, Effect, Item, Parcel
from services.chassis.facts.waiting import Waiting
from services.chassis.faults import Fault, NotApplied
from services.chassis.requests import Request, RequestKey
from services.chassis.rpc.imports import Tally, bring_in
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.table import Requests, Unary
from services.chassis.rpc.validation import refuse_bad_form
from services.chassis.work import UseCase

Decode = Callable[[Any, Call], Any]
"""A pure function from the request message to the use case's command; raises faults."""

STREAMED_PARCELS_MAX = 2
"""At once in the door, from all streams of a proto service: others wait, so that calls find room there."""

Wait = Callable[[Mapping[str, int], Call], Awaitable[None]]
"""Waits until positions are reached, or raises `NotCaughtUp`; no positions are reached at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What the writes of one proto service need."""

    service: ServiceDescriptor
    door: Door
    waiting: Waiting
    statuses: StatusTable
    streamed: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STREAMED_PARCELS_MAX))
    """Held by each parcel of a stream on its way through the door."""

    def rpcs(
        self,
        name: str,
        *,
        decode: Decode,
        usecase: UseCase[Any],
        batch: str = "",
        stream: str = "",
        waits_for: Literal["received", "applied"] = "received",
    ) -> dict[str, Unary]:
        """Make the unary RPC of a write and, if it has them, its batch and its stream.

        Args:
            name: Of the unary RPC.
            decode: Makes the command of a request.
            usecase: Decides commands.
            batch: The name of the batch RPC, if there is one.
            stream: The name of the RPC that takes any number of them as a stream, if there is one.
            waits_for: What `at_least` means: the write reads facts as they are received, or what is computed
                from them.
        """
        wait = self.waiting.for_received if waits_for == "received" else self.waiting.for_applied
        served = {name: self._one(name, decode, usecase, wait)}
        if batch:
            served[batch] = self._many(name, batch, decode, usecase, wait)
        if stream:
            served[stream] = self._any_number(name, stream, decode, usecase)
        return served

    def rows(self, name: str, *, decode: Decode, usecase: UseCase[Any]) -> dict[str, Unary]:
        """Make an RPC that takes many and has no form for one: the rows of a file.

        Args:
            name: Of the RPC, which is also that of each row's request.
            decode: Makes the command of a row.
            usecase: Decides commands.
        """
        return {name: self._many(name, name, decode, usecase, self.waiting.for_received)}

    def _one(self, name: str, decode: Decode, usecase: UseCase[Any], wait: Wait) -> Unary:
        answer = self._answer_of(name)

        async def one(request: Any, call: Call) -> Message:
            await wait(getattr(request, "at_least", {}), call)
            item = self._item(request, call, name, decode, usecase)
            dry_run = getattr(request, "dry_run", False)
            parcel = Parcel(items=[item], deadline=call.deadline, dry_run=dry_run)
            (outcome,) = await self.door.submit(parcel)
            if isinstance(outcome, Fault):
                raise outcome
            message: Message = answer(written=self._written(outcome))
            return message

        return one

    def _many(self, name: str, batch: str, decode: Decode, usecase: UseCase[Any], wait: Wait) -> Unary:
        answer = self._answer_of(batch)

        async def many(request: Any, call: Call) -> Message:
            await wait(getattr(request, "at_least", {}), call)
            items = [self._well_formed(item, call, name, decode, usecase) for item in request.items]
            outcomes = await self._submit(
                items,
                deadline=call.deadline,
                all_or_nothing=request.all_or_nothing,
                dry_run=request.dry_run,
            )
            last = max((o.position for o in outcomes if isinstance(o, Effect)), default=0)
            message: Message = answer(
                results=[self._result(outcome) for outcome in outcomes],
                positions={self.door.log: last} if last else {},
            )
            return message

        return many

    def _any_number(self, name: str, stream: str, decode: Decode, usecase: UseCase[Any]) -> Unary:
        answer = self._answer_of(stream)

        async def any_number(requests: Requests, call: Call) -> Message:
            def take(row: Any) -> Item | Fault:
                return self._well_formed(row, call, name, decode, usecase)

            async def submit(items: Sequence[Item | Fault]) -> list[Effect | Fault]:
                async with self.streamed:
                    return await self._submit(items, deadline=call.deadline)

            tally = Tally(log=self.door.log, status_of=self.statuses.status_of)
            await bring_in(requests, take=take, submit=submit, tally=tally)
            message: Message = answer(imported=tally.told())
            return message

        return any_number

    async def _submit(
        self,
        items: Sequence[Item | Fault],
        *,
        deadline: float,
        all_or_nothing: bool = False,
        dry_run: bool = False,
    ) -> list[Effect | Fault]:
        sound = [item for item in items if isinstance(item, Item)]
        if all_or_nothing and len(sound) < len(items):
            return [item if isinstance(item, Fault) else NotApplied() for item in items]
        parcel = Parcel(items=sound, deadline=deadline, all_or_nothing=all_or_nothing, dry_run=dry_run)
        outcomes = iter(await self.door.submit(parcel) if sound else [])
        return [item if isinstance(item, Fault) else next(outcomes) for item in items]

    def _well_formed(
        self,
        request: Any,
        call: Call,
        name: str,
        decode: Decode,
        usecase: UseCase[Any],
    ) -> Item | Fault:
        try:
            refuse_bad_form(request)
            return self._item(request, call, name, decode, usecase)
        except Fault as fault:
            return fault

    def _item(
        self,
        request: Any,
        call: Call,
        name: str,
        decode: Decode,
        usecase: UseCase[Any],
    ) -> Item:
        key = RequestKey(
            client=str(call.caller), method=f"{self.service.full_name}/{name}", request_id=request.request_id
        )
        sent = Request(key=key, digests=self.door.secret.digest(request))
        return Item(
            usecase=usecase, command=decode(request, call), request=sent, size_bytes=request.ByteSize()
        )

    def _answer_of(self, rpc: str) -> Any:
        return GetMessageClass(self.service.methods_by_name[rpc].output_type)

    def _result(self, outcome: Effect | Fault) -> WriteResult:
        if isinstance(outcome, Fault):
            return WriteResult(refused=self.statuses.status_of(outcome))
        return WriteResult(written=self._written(outcome))

    def _written(self, effect: Effect) -> Written:
        is_stated = effect.position or effect.would_state
        return Written(id=effect.id, positions={self.door.log: effect.position} if is_stated else {})
