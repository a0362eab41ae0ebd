"""Serves what `EnrolmentService` computes: who participates, who is missing, whether enough are enrolled."""

from datetime import datetime

from linli.members.v1 import enrolment_pb2 as pb
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.facts.waiting import read_freshness
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment, timestamp
from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.rpc.table import Unary
from services.members.api import translate_participation as translate
from services.members.domain.grid import Level
from services.members.domain.missing import days_left, due_day
from services.members.domain.participation import counted_at, refuse_below_community
from services.members.storage.grid_nodes import read_known_node
from services.members.storage.missing import list_missing
from services.members.storage.personal_details import read_names
from services.members.storage.policies import read_policy, read_revision
from services.members.storage.turnouts import (
    Counting,
    list_by_place,
    list_by_work_unit,
    read_enrolling,
    read_turnout,
)
from services.members.storage.work_units import read_unit_id


def reads_of_participation(frame: Frame) -> dict[str, Unary]:
    return {**_turnouts(frame), **_missing(frame), **_share(frame)}


def _turnouts(frame: Frame) -> dict[str, Unary]:
    async def get(request: pb.GetParticipationRequest, call: Call) -> pb.GetParticipationResponse:
        period = Period.parse(request.period_id, zone=frame.zone)
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            node_id = await _part_of_grid(connection, request.node_id)
            unit_id = await read_unit_id(connection, request.work_unit_id)
            freshness = await read_freshness(frame.database, connection)
            counting, etag = await _counting(frame, connection, period)
            counted = await read_turnout(connection, counting, node_id=node_id, work_unit_id=unit_id)
        answer = translate.turnout(counted)
        answer.freshness.CopyFrom(freshness)
        answer.counted_at.CopyFrom(timestamp(counting.at))
        answer.policy_etag = etag
        return answer

    async def list_(request: pb.ListParticipationRequest, call: Call) -> pb.ListParticipationResponse:
        page, period = Page.of(request), Period.parse(request.period_id, zone=frame.zone)
        level = translate.LEVELS.get(request.grouping)
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            freshness = await read_freshness(frame.database, connection)
            counting, etag = await _counting(frame, connection, period)
            if level is None:
                found = await list_by_work_unit(connection, page, counting)
            else:
                found = await list_by_place(connection, page, counting, level=level)
        rows, token = page.cut(found, key=lambda row: (row.code,))
        return pb.ListParticipationResponse(
            rows=map(translate.row, rows),
            next_page_token=token,
            freshness=freshness,
            counted_at=timestamp(counting.at),
            policy_etag=etag,
        )

    return {"GetParticipation": get, "ListParticipation": list_}


def _missing(frame: Frame) -> dict[str, Unary]:
    async def list_(request: pb.ListMissingRequest, call: Call) -> pb.ListMissingResponse:
        page, period = Page.of(request), Period.parse(request.period_id, zone=frame.zone)
        kind = translate.missing_kind(request.kind)
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            node_id = await _part_of_grid(connection, request.node_id)
            unit_id = await read_unit_id(connection, request.work_unit_id)
            due = due_day(kind, period=period, policy=await read_policy(connection), zone=frame.zone)
            freshness = await read_freshness(frame.database, connection)
            counting, _ = await _counting(frame, connection, period)
            found = await list_missing(
                connection, page, counting, kind=kind, node_id=node_id, work_unit_id=unit_id
            )
            rows, token = page.cut(found, key=lambda each: (each.code,))
            names = await read_names(connection, [each.member_id for each in rows])
            now = await frame.database.now(connection)
        answer = pb.ListMissingResponse(
            missing=[translate.missing(each, name=names.get(each.member_id, "")) for each in rows],
            next_page_token=token,
            freshness=freshness,
            counted_at=timestamp(counting.at),
        )
        if due is not None:
            answer.due_on, answer.days_left = due.isoformat(), days_left(due, now=now, zone=frame.zone)
        return answer

    return {"ListMissing": list_}


def _share(frame: Frame) -> dict[str, Unary]:
    async def get(request: pb.GetEnrolmentShareRequest, _call: Call) -> pb.GetEnrolmentShareResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at: datetime = as_of or await frame.database.now(connection)
            unit_id = await read_unit_id(connection, request.work_unit_id)
            counted = await read_enrolling(connection, at=at, work_unit_id=unit_id)
        needed = counted.needed_for(request.threshold_basis_points)
        return pb.GetEnrolmentShareResponse(
            due=counted.due,
            enrolled=counted.enrolled,
            share_basis_points=counted.basis_points,
            meets_threshold=not needed,
            still_needed=needed,
            counted_at=timestamp(at),
        )

    return {"GetEnrolmentShare": get}


async def _counting(frame: Frame, connection: AsyncConnection, period: Period) -> tuple[Counting, str]:
    """Say what is counted and when, with the etag of the policy that says what participating means."""
    held = (await read_revision(connection)).revision
    at = counted_at(period=period, now=await frame.database.now(connection))
    return Counting(at=at, period=period, rule=held.policy.participation), held.etag


async def _part_of_grid(connection: AsyncConnection, node_id: str) -> str | None:
    """Read which part of the grid a filter means; none and the district itself mean all of it.

    Raises:
        NodeUnknown: There is no such node.
        InvalidField: Nobody can be enrolled there.
    """
    if not node_id:
        return None
    node = await read_known_node(connection, node_id)
    refuse_below_community(node)
    return None if node.level is Level.DISTRICT else node.id
