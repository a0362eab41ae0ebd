import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from google.rpc.status_pb2 import Status
from linli.events.v1.activity_pb2 import ConfirmHoursRequest, ImportConfirmationsRequest
from linli.feed.v1.write_pb2 import Imported

from services.chassis.door import Effect, Item
from services.chassis.faults import Fault, InvalidField, RequestMalformed
from services.chassis.rpc.imports import ROWS_PER_PARCEL_MAX, Tally, bring_in

ROUNDS = 50


def take(row: ConfirmHoursRequest) -> Fault:
    """Refuse every row by its id: a fault travels as an item does."""
    return InvalidField(row.request_id)


def tally() -> Tally:
    return Tally(log="events", status_of=lambda fault: Status(message=fault.message))


class Rows:
    """A stream of one row a message; knows how many were read."""

    def __init__(self, count: int, *, then: Fault | None = None) -> None:
        self.read = 0
        self._count = count
        self._then = then

    async def __aiter__(self) -> AsyncIterator[ImportConfirmationsRequest]:
        for number in range(self._count):
            self.read += 1
            yield ImportConfirmationsRequest(items=[ConfirmHoursRequest(request_id=str(number))])
        if self._then:
            raise self._then


async def let_all_run() -> None:
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


class TestRowsOfAStream:
    async def test_go_into_parcels_in_order_and_are_read_no_further_than_one_ahead(self) -> None:
        count = 5 * ROWS_PER_PARCEL_MAX // 2
        rows, submitted, ahead = Rows(count), list[str](), list[int]()

        async def submit(parcel: Sequence[Item | Fault]) -> Sequence[Effect | Fault]:
            assert 0 < len(parcel) <= ROWS_PER_PARCEL_MAX
            submitted.extend(str(row) for row in parcel)
            await let_all_run()
            ahead.append(rows.read - len(submitted))
            return [row for row in parcel if isinstance(row, Fault)]

        told = tally()
        await bring_in(aiter(rows), take=take, submit=submit, tally=told)
        assert submitted == [str(number) for number in range(count)]
        assert told.refused == count
        # The one more is in the reader's hand, waiting for room.
        assert max(ahead) == ROWS_PER_PARCEL_MAX + 1

    async def test_that_came_before_a_message_that_is_none_are_submitted(self) -> None:
        submitted: list[str] = []

        async def submit(parcel: Sequence[Item | Fault]) -> Sequence[Effect | Fault]:
            submitted.extend(str(row) for row in parcel)
            return [row for row in parcel if isinstance(row, Fault)]

        with pytest.raises(RequestMalformed):
            await bring_in(aiter(Rows(7, then=RequestMalformed())), take=take, submit=submit, tally=tally())
        assert len(submitted) == 7

    async def test_are_read_no_more_when_the_door_refuses(self) -> None:
        rows = Rows(10 * ROWS_PER_PARCEL_MAX)

        async def submit(_parcel: Sequence[Item | Fault]) -> Sequence[Effect | Fault]:
            raise InvalidField

        with pytest.raises(InvalidField):
            await bring_in(aiter(rows), take=take, submit=submit, tally=tally())
        await let_all_run()
        assert rows.read <= ROWS_PER_PARCEL_MAX + 1


class TestATally:
    def test_counts_rows_across_parcels_and_keeps_the_last_position(self) -> None:
        told = tally()
        told.count([Effect(id="a", position=3), InvalidField("no")])
        told.count([InvalidField("neither"), Effect(id="b", position=2), Effect(id="c", position=0)])
        imported = told.told()
        assert (imported.written, imported.refused, dict(imported.positions)) == (3, 2, {"events": 3})
        assert [(each.row, each.refused.message) for each in imported.refusals] == [(2, "no"), (3, "neither")]

    def test_of_nothing_has_no_position(self) -> None:
        assert tally().told() == Imported()
