"""Serves `FactConsumerService` for operators, routed by the consumer that a request names."""

import asyncio
from collections.abc import Mapping

import grpc
from linli.feed.v1 import consumer_pb2
from linli.feed.v1.consumer_pb2 import (
    GetLagRequest,
    GetLagResponse,
    Lag,
    ListParkedRequest,
    ListParkedResponse,
    ParkedSubject,
    ReplayRequest,
    ReplayResponse,
)
from linli.feed.v1.feed_pb2 import PullRequest
from sqlalchemy import select

from services.chassis.call import Call
from services.chassis.facts import dirty
from services.chassis.facts.waiting import applied_positions, count_waiting, received_positions
from services.chassis.faults import ConsumerUnknown
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.roles import Role
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc
from services.chassis.tables import dirty_subjects

SERVICE = consumer_pb2.DESCRIPTOR.services_by_name["FactConsumerService"]
UNREACHABLE = -1


def consumers(frames: Mapping[str, Frame]) -> Registration:
    """Serve the consumers of these services, by name."""

    def frame_of(consumer: str) -> Frame:
        if consumer not in frames:
            raise ConsumerUnknown(consumer=consumer, known=", ".join(sorted(frames)))
        return frames[consumer]

    async def head_of(frame: Frame, log: str) -> int:
        try:
            return (await frame.pull(PullRequest(log=log, max_facts=1))).head.position
        except grpc.aio.AioRpcError:
            return UNREACHABLE

    async def get_lag(request: GetLagRequest, _call: Call) -> GetLagResponse:
        frame = frame_of(request.consumer)
        logs = sorted(frame.declaration.follows)
        heads = await asyncio.gather(*(head_of(frame, log) for log in logs))
        async with frame.database.read() as connection:
            received = await received_positions(connection)
            applied = await applied_positions(connection)
            waiting, parked = await count_waiting(connection)
        lags = [
            Lag(
                log=log,
                head_position=head,
                received_position=received.get(log, 0),
                applied_position=applied.get(log, 0),
            )
            for log, head in zip(logs, heads, strict=True)
        ]
        return GetLagResponse(lags=lags, dirty_subjects=waiting, parked_subjects=parked)

    async def list_parked(request: ListParkedRequest, _call: Call) -> ListParkedResponse:
        frame = frame_of(request.consumer)
        page = Page.of(request)
        statement = select(dirty_subjects).where(dirty_subjects.c.attempts > 0)
        if page.after:
            statement = statement.where(dirty_subjects.c.subject > page.after[0])
        async with frame.database.read() as connection:
            found = await connection.execute(
                statement.order_by(dirty_subjects.c.subject).limit(page.size + 1)
            )
            rows, token = page.cut(found.all(), key=lambda row: (row.subject,))
        parked = [
            ParkedSubject(subject=row.subject, error=row.error, attempts=row.attempts, retry_at=row.retry_at)
            for row in rows
        ]
        return ListParkedResponse(parked=parked, next_page_token=token)

    async def replay(request: ReplayRequest, _call: Call) -> ReplayResponse:
        frame = frame_of(request.consumer)
        async with frame.database.write() as connection:
            now = await frame.database.now(connection)
            replayed = await dirty.replay(connection, request.subjects, now=now)
        frame.wake(Role.APPLY)
        return ReplayResponse(replayed=replayed)

    rpcs: dict[str, Rpc] = {"GetLag": get_lag, "ListParked": list_parked, "Replay": replay}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.ANYONE for name in rpcs},
    )
