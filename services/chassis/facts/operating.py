"""Serves `FactConsumerService` for operators, routed by the consumer that a request names."""

import asyncio
from collections.abc import Mapping

from linli.feed.v1 import consumer_pb2
from linli.feed.v1.consumer_pb2 import (
    GetLagRequest,
    GetLagResponse,
    Lag,
    ListParkedRequest,
    ListParkedResponse,
    LogStanding,
    ParkedSubject,
    RejoinRequest,
    RejoinResponse,
    ReplayRequest,
    ReplayResponse,
)
from linli.feed.v1.fact_pb2 import Cursor
from sqlalchemy import select

from services.chassis.call import Call
from services.chassis.facts import dirty
from services.chassis.facts.comparing import compare
from services.chassis.facts.cursor import read_cursor
from services.chassis.facts.rejoin import Rejoin
from services.chassis.facts.waiting import applied_positions, count_waiting
from services.chassis.faults import ConsumerUnknown, LogUnreachable
from services.chassis.frame import Frame, Rooms
from services.chassis.pages import Page
from services.chassis.roles import Role
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc
from services.chassis.tables import dirty_subjects

SERVICE = consumer_pb2.DESCRIPTOR.services_by_name["FactConsumerService"]
UNREACHABLE = -1


def consumers(frames: Mapping[str, Frame], rooms: Mapping[str, Rooms]) -> Registration:
    """Serve the consumers of these services, by name."""

    def frame_of(consumer: str) -> Frame:
        if consumer not in frames:
            raise ConsumerUnknown(consumer=consumer, known=", ".join(sorted(frames)))
        return frames[consumer]

    async def get_lag(request: GetLagRequest, _call: Call) -> GetLagResponse:
        frame = frame_of(request.consumer)
        logs = sorted(frame.declaration.follows)
        async with frame.database.read() as connection:
            kept = [await read_cursor(connection, log) for log in logs]
            applied = await applied_positions(connection)
            waiting, parked = await count_waiting(connection)
        lags = await asyncio.gather(*(_lag(frame, log, each) for log, each in zip(logs, kept, strict=True)))
        for lag in lags:
            lag.applied_position = applied.get(lag.log, 0)
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

    async def rejoin(request: RejoinRequest, _call: Call) -> RejoinResponse:
        frame = frame_of(request.consumer)
        consumer = rooms[request.consumer].consumer
        rejoined = await Rejoin(consumer=consumer, database=frame.database, pull=frame.pull).run(
            request.log, accept_log_id=request.accept_log_id, dry_run=request.dry_run
        )
        if not request.dry_run:
            frame.wake(Role.APPLY)
            frame.pull_again(request.log)
        return RejoinResponse(
            log_id=rejoined.common.log_id,
            common_position=rejoined.common.position,
            facts_dropped=rejoined.facts_dropped,
            records_touched=rejoined.records_touched,
            subjects_touched=rejoined.subjects_touched,
        )

    rpcs: dict[str, Rpc] = {"GetLag": get_lag, "ListParked": list_parked, "Replay": replay, "Rejoin": rejoin}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.ANYONE for name in rpcs},
    )


async def _lag(frame: Frame, log: str, kept: Cursor) -> Lag:
    """Say how a consumer stands to a log; asked after what is kept was read, so it never seems ahead."""
    lag = Lag(log=log, received_position=kept.position)
    try:
        compared = await compare(pull=frame.pull, log=log, kept=kept)
    except LogUnreachable as fault:
        lag.head_position = UNREACHABLE
        lag.standing, lag.reason = LogStanding.LOG_STANDING_UNREACHABLE, fault.message
        return lag
    lag.head_position, lag.reason = compared.head.position, compared.reason
    lag.standing = (
        LogStanding.LOG_STANDING_DIVERGED if compared.has_diverged else LogStanding.LOG_STANDING_FOLLOWING
    )
    return lag
