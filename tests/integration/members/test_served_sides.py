from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from grpc.aio import AioRpcError
from linli.members.v1.enrolment_pb2 import EndEnrolmentRequest
from linli.members.v1.grid_pb2 import GetNodeRequest

from services.chassis.ids import new_id
from tests.integration.members.register import Events, Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.members.test_served import a_community, a_node, an_enrolment
from tests.integration.members.test_served_roles import JUNE, a_grant, a_person
from tests.integration.serving import Refusal, refused


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


@pytest.fixture
async def client(register: Register, events: Events) -> AsyncIterator[Client]:
    async with serving(register, events) as client:
        yield client


async def reason_of(write: Awaitable[Any]) -> str:
    """Say why a write was refused, if it was; only for the wrong side it may be."""
    try:
        await write
    except AioRpcError as error:
        details = error.details() or ""
        return "NOT_YOUR_SIDE" if "takes one of the roles" in details else details
    return "WRITTEN"


class TestTheSidesOfAMember:
    """Every write of the community's side, by every kind of caller."""

    async def test_are_written_by_their_own_people_only(self, client: Client) -> None:
        community_id = await a_community(client)
        street_id = (await client.grid.GetNode(GetNodeRequest(node_id=community_id))).node.parent_id
        elsewhere_id = (await client.grid.CreateNode(a_node("c2", 3, street_id))).written.id
        soon = Timestamp()
        soon.FromDatetime(datetime.now(UTC) + timedelta(days=1))
        callers = {}
        for code, kind, others in (
            ("right side", "COMMUNITY_SECRETARY", {"node_id": community_id}),
            ("above", "ORGANISER", {"node_id": street_id}),
            ("in a term", "GRID_WORKER", {"node_id": community_id, "valid_until": soon}),
            ("other community", "COMMUNITY_SECRETARY", {"node_id": elsewhere_id}),
            ("expired", "LIAISON", {"node_id": community_id, "valid_until": JUNE}),
        ):
            callers[code] = await a_person(client, code.replace(" ", "-"))
            await client.roles.GrantRole(a_grant(callers[code], kind, **others))
        callers["no role"] = await a_person(client, "no-role")
        may = {"right side", "above", "in a term"}

        async def outcomes(write: Callable[[str, Any], Awaitable[Any]]) -> set[str]:
            """Make the same write as each caller, about somebody else each time; gives who may."""
            done = set()
            for code, caller_id in callers.items():
                member_id = await a_person(client, f"{new_id()}")
                caller = (("linli-caller", f"member:{caller_id}"),)
                reason = await reason_of(write(member_id, caller))
                assert reason in {"WRITTEN", "NOT_YOUR_SIDE"}
                if reason == "WRITTEN":
                    done.add(code)
            return done

        async def enrol(member_id: str, caller: Any) -> None:
            await client.enrolments.Enrol(an_enrolment(member_id, community_id), metadata=caller)

        async def end(member_id: str, caller: Any) -> None:
            begun = await client.enrolments.Enrol(an_enrolment(member_id, community_id))
            ending = EndEnrolmentRequest(
                request_id=new_id(),
                enrolment_id=begun.written.id,
                occurred_at=JUNE,
                reason="Moved away.",
            )
            await client.enrolments.EndEnrolment(ending, metadata=caller)

        assert await outcomes(enrol) == may
        assert await outcomes(end) == may

        oneself = callers["no role"]
        own = (("linli-caller", f"member:{oneself}"),)
        begun = await client.enrolments.Enrol(an_enrolment(oneself, elsewhere_id), metadata=own)
        ending = EndEnrolmentRequest(request_id=new_id(), enrolment_id=begun.written.id)
        assert await refused(client.enrolments.EndEnrolment(ending, metadata=own)) == Refusal(
            code=StatusCode.PERMISSION_DENIED, reason="NOT_YOUR_SIDE", fields=("enrolment_id",)
        )
