"""A client that states facts at a steady rate and looks when they show: `python -m tests.benchmarks.stating`.

    {"events": "host:port", "points": "host:port", "board_id": ..., "stays": [[stay, member], ...],
     "rate": 500, "every": 10}

Confirms the stays, `rate` a second, whoever is slow; after each `every`th it waits until the point shows in
the member's balance or on the board, in turns, and answers with these delays, from the call on.
"""

import asyncio
import time
from typing import Any, Final

import grpc
from linli.events.v1.activity_pb2 import ConfirmHoursRequest
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub
from linli.points.v1.leaderboard_pb2 import GetTopRequest
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub
from linli.points.v1.ledger_pb2 import GetBalanceRequest
from linli.points.v1.ledger_pb2_grpc import LedgerServiceStub

from tests.benchmarks.programs import Answer, answer_questions

CALLER: Final = (("linli-caller", "service:benchmark"),)
CALL_SECONDS_MAX: Final = 30.0
YEAR: Final = "2025"


class Stater:
    def __init__(self) -> None:
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def answer(self, question: Answer) -> Answer:
        confirm = ActivityServiceStub(self._to(question["events"])).ConfirmHours
        balance = LedgerServiceStub(self._to(question["points"])).GetBalance
        top = LeaderboardServiceStub(self._to(question["points"])).GetTop
        call: dict[str, Any] = {"metadata": CALLER, "timeout": CALL_SECONDS_MAX}
        stated: list[float] = []
        shown: list[float] = []

        async def state(number: int, stay: str, member: str) -> None:
            began = time.perf_counter()
            request = ConfirmHoursRequest(request_id=f"confirm-{stay}", attendance_id=stay)
            written = (await confirm(request, **call)).written
            stated.append(time.perf_counter() - began)
            if number % question["every"]:
                return
            at_least = dict(written.positions)
            if number // question["every"] % 2:
                found = await balance(GetBalanceRequest(member_id=member, at_least=at_least), **call)
                assert found.balance.balance_milli > 0
            else:
                ask = GetTopRequest(board_id=question["board_id"], period_id=YEAR, at_least=at_least)
                assert (await top(ask, **call)).standings > 0
            shown.append(time.perf_counter() - began)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as calls:
            for number, (stay, member) in enumerate(question["stays"]):
                await asyncio.sleep(began + number / question["rate"] - time.perf_counter())
                calls.create_task(state(number, stay, member))
        return {"stated_seconds": sorted(stated), "shown_seconds": sorted(shown)}

    def _to(self, target: str) -> grpc.aio.Channel:
        if target not in self._channels:
            self._channels[target] = grpc.aio.insecure_channel(target)
        return self._channels[target]


if __name__ == "__main__":
    asyncio.run(answer_questions(Stater().answer))
