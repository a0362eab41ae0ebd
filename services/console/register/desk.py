"""Where commands about the register work: who acts, and what the codes stand for that people write."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio
from linli.members.v1.grid_pb2 import GetNodeRequest, GridNode, ListNodesRequest
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import FindMembersRequest, GetMemberRequest, Member
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import GetWorkUnitRequest, ListWorkUnitsRequest, WorkUnit
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.moments import timestamp
from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call
from services.console.configuration import find_targets
from services.console.faults import CallRefused
from services.console.lag import OPERATOR
from services.console.pages import pages
from services.console.status import read_status
from services.console.wording import say

_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True, kw_only=True)
class Desk:
    channel: aio.Channel
    caller: str
    zone: ZoneInfo
    """Of the district."""
    _nodes: dict[str, GridNode] = field(default_factory=dict)
    _units: dict[str, WorkUnit] = field(default_factory=dict)

    async def ask(self, rpc: Any, request: Any) -> Any:
        return await call(rpc, request, caller=self.caller)

    def pages(self, rpc: Any, ask: Callable[..., Any], **filters: Any) -> AsyncIterator[Any]:
        """Read a list page by page."""
        return pages(rpc, ask, caller=self.caller, **filters)

    async def every(self, rpc: Any, ask: Callable[..., Any], rows: str, **filters: Any) -> list[Any]:
        """Read a list to its end."""
        return [row async for page in self.pages(rpc, ask, **filters) for row in getattr(page, rows)]

    async def member(self, reference: str) -> Member:
        """Find a member by the id or the number.

        Raises:
            CallRefused: Nobody has it.
        """
        service = MemberServiceStub(self.channel)
        if _ID.fullmatch(reference):
            found: Member = (await self.ask(service.GetMember, GetMemberRequest(member_id=reference))).member
            return found
        answer = await self.ask(service.FindMembers, FindMembersRequest(code=reference))
        for member in answer.members:
            known: Member = member
            return known
        raise CallRefused(say("members.no_such_member", reference=reference), reason="MEMBER_UNKNOWN")

    async def node(self, reference: str) -> GridNode:
        """Find a node of the grid by its id or its code.

        Raises:
            CallRefused: None has it.
        """
        service = GridServiceStub(self.channel)
        if reference not in self._nodes and _ID.fullmatch(reference):
            answer = await self.ask(service.GetNode, GetNodeRequest(node_id=reference))
            self._nodes[reference] = answer.node
        elif reference not in self._nodes:
            for node in await self.every(service.ListNodes, ListNodesRequest, "nodes"):
                self._nodes[node.node_id] = self._nodes[node.code] = node
        if reference not in self._nodes:
            raise CallRefused(say("members.no_such_node", reference=reference), reason="NODE_UNKNOWN")
        return self._nodes[reference]

    async def unit(self, reference: str) -> WorkUnit:
        """Find a work unit by its id or its code.

        Raises:
            CallRefused: None has it.
        """
        service = OrganisationServiceStub(self.channel)
        if reference not in self._units and _ID.fullmatch(reference):
            answer = await self.ask(service.GetWorkUnit, GetWorkUnitRequest(work_unit_id=reference))
            self._units[reference] = answer.work_unit
        elif reference not in self._units:
            for unit in await self.every(service.ListWorkUnits, ListWorkUnitsRequest, "work_units"):
                self._units[unit.work_unit_id] = self._units[unit.code] = unit
        if reference not in self._units:
            raise CallRefused(say("members.no_such_unit", reference=reference), reason="WORK_UNIT_UNKNOWN")
        return self._units[reference]

    async def node_name(self, node_id: str) -> str:
        """Say what a node is called; nothing for none."""
        return (await self.node(node_id)).name if node_id else ""

    async def unit_name(self, work_unit_id: str) -> str:
        """Say what a work unit is called; nothing for none."""
        return (await self.unit(work_unit_id)).name if work_unit_id else ""

    def moment(self, stated: datetime | None) -> Timestamp | None:
        """Read a date or time that a person stated, in the zone of the district; None: now."""
        return timestamp(stated.replace(tzinfo=self.zone)) if stated else None


@asynccontextmanager
async def at_desk(settings: Settings, *, caller: str = "") -> AsyncGenerator[Desk]:
    """Open a desk.

    Args:
        settings: Say where the server is.
        caller: Who acts. Default: the command line itself.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    async with answering(find_targets(settings), caller=OPERATOR, only=("members",)) as channels:
        channel = channels["members"]
        zone = ZoneInfo((await read_status(channel, "members"))["time_zone"])
        yield Desk(channel=channel, caller=caller or str(OPERATOR), zone=zone)
