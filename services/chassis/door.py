"""The door: calls that wait go into the next transaction together, each with its own outcome.

While one transaction commits, whatever arrives stands in line (`line.py`); then all of it is taken at once,
up to a limit. Unary calls and batches go through the same door. Nothing is acknowledged before its commit.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts import log as fact_log
from services.chassis.faults import (
    DatabaseUnavailable,
    DeadlinePassed,
    Fault,
    ItemFailed,
    NotApplied,
    Overloaded,
    RequestIdReused,
)
from services.chassis.line import Line
from services.chassis.metrics.bound import DoorMetrics
from services.chassis.requests import Kept, Request, RequestKey, RequestSecret, keep, recall
from services.chassis.sql.database import Database, RunAgain
from services.chassis.work import UseCase, Work, Written

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One command on its way through the door."""

    usecase: UseCase[Any]
    command: Any
    request: Request
    size_bytes: int = 0
    """As it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An acknowledged write: the record, and the position of the last fact that states it (0: none)."""

    id: str
    position: int
    would_state: bool = False
    """In a dry run: whether a fact would state it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Parcel:
    """The items of one call; its future gets one outcome per item, in order."""

    items: Sequence[Item]
    deadline: float
    all_or_nothing: bool = False
    dry_run: bool = False
    arrived: float = field(default_factory=time.monotonic)
    outcomes: asyncio.Future[list[Effect | Fault]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def size_bytes(self) -> int:
        return sum(item.size_bytes for item in self.items)

    @property
    def travels_alone(self) -> bool:
        """A parcel that may have to be rolled back shares its transaction with nobody."""
        return self.all_or_nothing or self.dry_run


class _TurnBack(Exception):  # noqa: N818 - a decision, not an error
    """Roll the transaction back and answer with these outcomes."""

    def __init__(self, outcomes: list[Effect | Fault]) -> None:
        self.outcomes = outcomes


Answer = tuple[Mapping[str, str] | None, Written | Fault]
"""What a request said, as far as it can be compared, and what came of it."""


class Door:
    """One per service and process."""

    def __init__(
        self,
        *,
        database: Database,
        log: str,
        secret: RequestSecret,
        after_commit: Callable[[Work], None],
    ) -> None:
        """Prepare; `run` must be running for anything to pass.

        Args:
            database: The service's.
            log: The name of the service's log.
            secret: Digests requests.
            after_commit: Called on the loop after each commit that stated facts, started jobs or left marks.
        """
        self.secret = secret
        self.log = log
        self._database = database
        self._after_commit = after_commit
        self._line: Line[Parcel] = Line()
        self._metrics = DoorMetrics(service=log)

    async def submit(self, parcel: Parcel) -> list[Effect | Fault]:
        """Bring a parcel through; returns one outcome per item, in order.

        Raises:
            Overloaded: Too much waits already.
            DatabaseUnavailable: The database cannot be reached; nothing was changed.
        """
        try:
            self._line.join(parcel)
        except Overloaded:
            self._metrics.refused(fault=Overloaded, items=len(parcel.items))
            raise
        self._metrics.waiting_items.set(self._line.items)
        parcel.outcomes.add_done_callback(self._metrics.settled)
        # A caller that gives up must not take the others' answers with it.
        return await asyncio.shield(parcel.outcomes)

    async def run(self) -> None:
        """Take what waits, transaction after transaction, until cancelled."""
        while True:
            parcels = await self._line.next_load()
            self._metrics.took(parcels, items_waiting=self._line.items)
            try:
                await self._deliver(parcels)
            except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it
                for parcel in parcels:
                    if not parcel.outcomes.done():
                        parcel.outcomes.set_exception(error)

    async def _deliver(self, parcels: list[Parcel]) -> None:
        now = time.monotonic()
        live = [parcel for parcel in parcels if parcel.deadline > now]
        for parcel in parcels:
            if parcel.deadline <= now:
                parcel.outcomes.set_result([DeadlinePassed() for _ in parcel.items])
        if not live:
            return
        outcomes = iter(await self._decide(live))
        for parcel in live:
            parcel.outcomes.set_result([next(outcomes) for _ in parcel.items])

    async def _decide(self, parcels: list[Parcel]) -> list[Effect | Fault]:
        items = [item for parcel in parcels for item in parcel.items]
        first = parcels[0]
        try:
            return await self._transact(items, dry_run=first.dry_run, all_or_nothing=first.all_or_nothing)
        except _TurnBack as turned:
            return turned.outcomes
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if first.travels_alone:
                raise
            # Nobody foresaw this error; find the item that causes it instead of failing all of them.
            logger.warning("door.batch.split", items=len(items), error=type(error).__name__)
            return [await self._decide_alone(item) for item in items]

    async def _decide_alone(self, item: Item) -> Effect | Fault:
        try:
            (outcome,) = await self._transact([item], dry_run=False, all_or_nothing=False)
        except DatabaseUnavailable as fault:
            return fault
        except Exception:
            logger.exception("door.item.failed", method=item.request.key.method)
            return ItemFailed()
        return outcome

    async def _transact(
        self, items: list[Item], *, dry_run: bool, all_or_nothing: bool
    ) -> list[Effect | Fault]:
        async def body(connection: AsyncConnection) -> tuple[Work, list[Effect | Fault]]:
            work = Work(
                connection=connection,
                now=await self._database.now(connection),
                log=self.log,
                dialect=self._database.dialect,
            )
            outcomes = await self._outcomes(work, items)
            if all_or_nothing and any(isinstance(outcome, Fault) for outcome in outcomes):
                raise _TurnBack([o if isinstance(o, Fault) else NotApplied() for o in outcomes])
            if dry_run:
                raise _TurnBack(
                    [
                        o if isinstance(o, Fault) else Effect(id=o.id, position=0, would_state=bool(o.facts))
                        for o in outcomes
                    ]
                )
            positions = await self._positions_before(work, outcomes)
            last = await fact_log.append(connection, work.stated, log=self.log, dialect=work.dialect)
            first = last - len(work.stated) + 1
            positions |= {fact.fact_id: place for place, fact in enumerate(work.stated, start=first)}
            return work, [
                o
                if isinstance(o, Fault)
                else Effect(id=o.id, position=positions[o.facts[-1]] if o.facts else 0)
                for o in outcomes
            ]

        with self._metrics.transaction_seconds.time():
            work, acknowledged = await self._database.transact(body)
        if work.stated or work.jobs_started or work.marked:
            self._after_commit(work)
        return acknowledged

    async def _outcomes(self, work: Work, items: list[Item]) -> list[Written | Fault]:
        kept = await recall(work.connection, {item.request.key for item in items}, key_id=self.secret.key_id)
        effects: dict[RequestKey, tuple[Request, Written]] = {}
        outcomes: list[Written | Fault] = []
        for usecase, run in groupby(items, key=lambda item: item.usecase):
            outcomes += await _run(work, usecase, list(run), kept_before=kept, effects=effects)
        refused = {item.request.key for item, o in zip(items, outcomes, strict=True) if isinstance(o, Fault)}
        await _refuse_only_fresh(work, refused - kept.keys() - effects.keys(), self.secret)
        await keep(work, effects, key_id=self.secret.key_id)
        return outcomes

    async def _positions_before(self, work: Work, outcomes: list[Written | Fault]) -> dict[str, int]:
        """Find the facts that earlier sendings of these requests stated."""
        stated = {fact.fact_id for fact in work.stated}
        last_facts = {o.facts[-1] for o in outcomes if isinstance(o, Written) and o.facts}
        earlier = sorted(last_facts - stated)
        return await fact_log.positions_of(work.connection, earlier) if earlier else {}


async def _refuse_only_fresh(work: Work, refused: set[RequestKey], secret: RequestSecret) -> None:
    """Look again for requests that are about to be refused.

    Raises:
        RunAgain: Another process served one of them meanwhile; its own effect stands in its way.
    """
    if not refused or work.dialect != "postgresql":
        return
    if await recall(work.connection, refused, key_id=secret.key_id):
        raise RunAgain


async def _run(
    work: Work,
    usecase: UseCase[Any],
    items: list[Item],
    *,
    kept_before: dict[RequestKey, Kept],
    effects: dict[RequestKey, tuple[Request, Written]],
) -> list[Written | Fault]:
    """Decide items of one use case; requests that had their effect get the answer they got then."""
    fresh: dict[RequestKey, Item] = {}
    for item in items:
        key = item.request.key
        if key not in kept_before and key not in effects:
            fresh.setdefault(key, item)
    before = {key: (kept.digests, kept.written) for key, kept in kept_before.items()}
    before |= {key: (request.digests, written) for key, (request, written) in effects.items()}
    decided = await usecase(work, [item.command for item in fresh.values()]) if fresh else []
    now = {key: (fresh[key].request.digests, outcome) for key, outcome in zip(fresh, decided, strict=True)}
    for key, (_, outcome) in now.items():
        if isinstance(outcome, Written):
            effects[key] = (fresh[key].request, outcome)
    answers: dict[RequestKey, Answer] = {**before, **now}
    return [_answer(item, answers[item.request.key]) for item in items]


def _answer(item: Item, answer: Answer) -> Written | Fault:
    """Give an item the answer that its request got, unless it is another request under the same id."""
    digests, outcome = answer
    try:
        if digests is not None:
            item.request.refuse_if_other(digests)
    except RequestIdReused as fault:
        return fault
    return outcome
