import asyncio
import time
from dataclasses import dataclass, field

import pytest

from services.chassis import line
from services.chassis.faults import Overloaded
from services.chassis.line import BYTES_PER_TRANSACTION_MAX, CROWD, ITEMS_PER_TRANSACTION_MAX, Line

LONG_SECONDS = 60.0
"""Longer than any test: who waits until it ends has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    items: range = range(1)
    size_bytes: int = 1
    deadline: float = field(default_factory=lambda: time.monotonic() + LONG_SECONDS)
    travels_alone: bool = False


def line_of(*calls: Call, wait_seconds_max: float = 0.0) -> Line[Call]:
    made: Line[Call] = Line(wait_seconds_max=wait_seconds_max)
    for call in calls:
        made.join(call)
    return made


async def after_a_crowd(*, wait_seconds_max: float) -> Line[Call]:
    """Make a line whose last load was a crowd."""
    made = line_of(*(Call() for _ in range(CROWD)), wait_seconds_max=wait_seconds_max)
    assert len(await made.next_load()) == CROWD
    return made


class TestALoad:
    async def test_is_everybody_in_the_order_they_came(self) -> None:
        calls = [Call() for _ in range(5)]
        waiting = line_of(*calls)
        assert await waiting.next_load() == calls
        assert waiting.items == 0

    async def test_ends_before_it_has_too_many_items(self) -> None:
        half = Call(items=range(ITEMS_PER_TRANSACTION_MAX // 2))
        waiting = line_of(half, half, Call())
        assert len(await waiting.next_load()) == 2
        assert len(await waiting.next_load()) == 1

    async def test_ends_before_it_has_too_many_bytes(self) -> None:
        half = Call(size_bytes=BYTES_PER_TRANSACTION_MAX // 2)
        waiting = line_of(half, half, Call())
        assert [len(await waiting.next_load()) for _ in range(2)] == [2, 1]

    async def test_has_at_least_one_however_large(self) -> None:
        waiting = line_of(Call(items=range(ITEMS_PER_TRANSACTION_MAX + 1)), Call())
        assert [len(await waiting.next_load()) for _ in range(2)] == [1, 1]

    async def test_is_one_that_travels_alone(self) -> None:
        alone = Call(travels_alone=True)
        waiting = line_of(Call(), Call(), alone, alone, Call())
        assert [len(await waiting.next_load()) for _ in range(4)] == [2, 1, 1, 1]


class TestALineThatIsTooLong:
    async def test_turns_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(line, "ITEMS_WAITING_MAX", 2)
        waiting = line_of(Call(), Call())
        with pytest.raises(Overloaded):
            waiting.join(Call())
        await waiting.next_load()
        waiting.join(Call())


class TestWaitingForMore:
    async def test_is_not_for_a_lone_caller(self) -> None:
        waiting = line_of(Call(), wait_seconds_max=LONG_SECONDS)
        for _ in range(3):
            load = asyncio.create_task(waiting.next_load())
            await asyncio.sleep(0)
            assert load.done(), "it is there at once"
            waiting.join(Call())

    async def test_lets_a_crowd_come_back(self) -> None:
        waiting = await after_a_crowd(wait_seconds_max=LONG_SECONDS)
        waiting.join(Call())
        load = asyncio.create_task(waiting.next_load())
        await asyncio.sleep(0)
        waiting.join(Call())
        assert len(await load) == 2

    async def test_ends_when_nobody_comes_any_more(self) -> None:
        waiting = await after_a_crowd(wait_seconds_max=LONG_SECONDS)
        waiting.join(Call())
        assert len(await asyncio.wait_for(waiting.next_load(), timeout=LONG_SECONDS / 2)) == 1

    async def test_ends_although_more_keep_coming(self) -> None:
        waiting = await after_a_crowd(wait_seconds_max=0.02)
        waiting.join(Call())
        load = asyncio.create_task(waiting.next_load())
        while not load.done():
            waiting.join(Call())
            await asyncio.sleep(0)
        assert await load

    async def test_ends_when_a_load_is_full(self) -> None:
        waiting = await after_a_crowd(wait_seconds_max=LONG_SECONDS)
        waiting.join(Call(items=range(ITEMS_PER_TRANSACTION_MAX)))
        waiting.join(Call())
        assert len(await asyncio.wait_for(waiting.next_load(), timeout=LONG_SECONDS / 2)) == 1

    async def test_makes_nobody_late(self) -> None:
        waiting = await after_a_crowd(wait_seconds_max=LONG_SECONDS)
        waiting.join(Call())
        waiting.join(Call(deadline=time.monotonic()))
        load = asyncio.create_task(waiting.next_load())
        await asyncio.sleep(0)
        assert load.done(), "the first deadline closes the load"
