"""Serves the writes of a proto service: decode, bring through the door, encode.

Every write has a `request_id`; every batch has `items`, `all_or_nothing`, `dry_run` and `at_least`. What
they mean is the same everywhere, so it is done here and no service sees it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
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
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.table import Rpc
from services.chassis.rpc.validation import refuse_bad_form
from services.chassis.work import UseCase

Decode = Callable[[Any, Call], Any]
"""A pure function from the request message to the use case's command; raises faults."""

Wait = Callable[[Mapping[str, int], Call], Awaitable[None]]
"""Waits until positions are reached, or raises `NotCaughtUp`; no positions are reached at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """What the writes of one proto service need."""

    service: ServiceDescriptor
    door: Door
    waiting: Waiting
    statuses: StatusTable

    def rpcs(
        self,
        name: str,
        *,
        decode: Decode,
        usecase: UseCase[Any],
        batch: str = "",
        waits_for: Literal["received", "applied"] = "received",
    ) -> dict[str, Rpc]:
        """Make the unary RPC of a write and, if it has one, its batch form.

        Args:
            name: Of the unary RPC.
            decode: Makes the command of a request.
            usecase: Decides commands.
            batch: The name of the batch RPC, if there is one.
            waits_for: What `at_least` means: the write reads facts as they are received, or what is computed
                from them.
        """
        wait = self.waiting.for_received if waits_for == "received" else self.waiting.for_applied
        served = {name: self._one(name, decode, usecase, wait)}
        if batch:
            served[batch] = self._many(name, batch, decode, usecase, wait)
        return served

    def _one(self, name: str, decode: Decode, usecase: UseCase[Any], wait: Wait) -> Rpc:
        answer = self._answer_of(name)

        async def one(request: Any, call: Call) -> Message:
            await wait(getattr(request, "at_least", {}), call)
            item = self._item(request, call, name, decode, usecase)
            (outcome,) = await self.door.submit(
                Parcel(items=[item], deadline=call.deadline, size_bytes=request.ByteSize())
            )
            if isinstance(outcome, Fault):
                raise outcome
            message: Message = answer(written=self._written(outcome))
            return message

        return one

    def _many(self, name: str, batch: str, decode: Decode, usecase: UseCase[Any], wait: Wait) -> Rpc:
        answer = self._answer_of(batch)

        async def many(request: Any, call: Call) -> Message:
            await wait(getattr(request, "at_least", {}), call)
            items = [self._well_formed(item, call, name, decode, usecase) for item in request.items]
            outcomes = await self._submit(items, request, call)
            last = max((o.position for o in outcomes if isinstance(o, Effect)), default=0)
            message: Message = answer(
                results=[self._result(outcome) for outcome in outcomes],
                positions={self.door.log: last} if last else {},
            )
            return message

        return many

    async def _submit(
        self,
        items: Sequence[Item | Fault],
        request: Any,
        call: Call,
    ) -> list[Effect | Fault]:
        sound = [item for item in items if isinstance(item, Item)]
        if request.all_or_nothing and len(sound) < len(items):
            return [item if isinstance(item, Fault) else NotApplied() for item in items]
        parcel = Parcel(
            items=sound,
            deadline=call.deadline,
            all_or_nothing=request.all_or_nothing,
            dry_run=request.dry_run,
            size_bytes=request.ByteSize(),
        )
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
        return Item(usecase=usecase, command=decode(request, call), request=sent)

    def _answer_of(self, rpc: str) -> Any:
        return GetMessageClass(self.service.methods_by_name[rpc].output_type)

    def _result(self, outcome: Effect | Fault) -> WriteResult:
        if isinstance(outcome, Fault):
            return WriteResult(refused=self.statuses.status_of(outcome))
        return WriteResult(written=self._written(outcome))

    def _written(self, effect: Effect) -> Written:
        return Written(id=effect.id, positions={self.door.log: effect.position} if effect.position else {})
