import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from linli.members.v1 import feedback_pb2 as pb

from services.chassis.faults import Fault
from services.chassis.moments import moment_of
from services.members.domain import statement_faults
from tests.integration.members.feedback import Town, open_town
from tests.integration.members.register import DESK, Register, open_register

REPLIED = pb.STATEMENT_STATE_REPLIED


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def town(register: Register, tmp_path: Path) -> AsyncGenerator[Town]:
    async with open_town(register, tmp_path) as town:
        yield town


class TestTheAnswerOfAWorkUnit:
    async def test_acknowledges_then_replies(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        with pytest.raises(statement_faults.StatementNotSent):
            await town.acknowledge(draft)
        await town.send([draft])
        await town.acknowledge(draft)
        with pytest.raises(statement_faults.StatementAcknowledged):
            await town.acknowledge(draft, request_id="again")
        await town.reply(draft)
        answered = (await town.get(draft.statement_id)).statement
        assert (answered.state, answered.reply) == (REPLIED, "Thanks.")
        assert (answered.acknowledged_by, answered.replied_by) == (DESK, DESK)
        with pytest.raises(statement_faults.StatementReplied):
            await town.ask(
                pb.ReplyToStatementRequest(request_id="r2", statement_id=draft.statement_id, reply="Again.")
            )

    async def test_acknowledges_by_replying(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.send([draft])
        await town.reply(draft)
        answered = (await town.get(draft.statement_id)).statement
        assert answered.acknowledged_at == answered.replied_at
        with pytest.raises(statement_faults.StatementAcknowledged):
            await town.acknowledge(draft)

    async def test_of_64_acknowledgements_at_once_one_wins(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.send([draft])

        async def acknowledge(number: int) -> str:
            try:
                await town.acknowledge(draft, request_id=f"a{number}", by=f"service:unit-{number}")
            except Fault as fault:
                return fault.reason
            return "WON"

        outcomes = await asyncio.gather(*(acknowledge(number) for number in range(64)))
        assert sorted(set(outcomes)) == ["STATEMENT_ACKNOWLEDGED", "WON"]
        assert outcomes.count("WON") == 1
        winner = f"service:unit-{outcomes.index('WON')}"
        assert (await town.get(draft.statement_id)).statement.acknowledged_by == winner

    async def test_is_overdue_day_by_day_until_it_comes(self, town: Town) -> None:
        await town.enrolled("ann", "bo")
        first, second = await town.generated()
        await town.send([first, second])
        sent = (await town.get(first.statement_id)).statement
        due_at = moment_of(sent.due_at)
        assert await _overdue(town, due_at) == {}
        one_day = due_at + timedelta(seconds=1)
        assert await _overdue(town, one_day) == {first.statement_id: 1, second.statement_id: 1}
        await town.acknowledge(first)
        later = due_at + timedelta(days=9, seconds=1)
        assert await _overdue(town, later) == {second.statement_id: 10}


async def _overdue(town: Town, as_of: Any) -> dict[str, int]:
    request = pb.ListStatementsRequest(overdue=True)
    request.as_of.FromDatetime(as_of)
    return {each.statement_id: each.overdue_days for each in (await town.ask(request)).statements}
