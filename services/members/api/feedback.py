"""Serves `FeedbackService`."""

from datetime import datetime
from functools import partial
from typing import Final

from linli.members.v1 import feedback_pb2 as pb
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_feedback as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import (
    MemberUnknown,
    NodeUnknown,
    WorkUnitUnknown,
)
from services.members.domain.participation import counted_at, refuse_below_community
from services.members.domain.statement_faults import StatementUnknown
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.merges import read_ids_of_persons
from services.members.storage.statement_subjects import read_ids_of_unit
from services.members.storage.statements import Filter, list_statements, read_statements, read_versions
from services.members.usecases.acknowledge_statements import acknowledge_statements
from services.members.usecases.comment_statements import comment_statements
from services.members.usecases.correct_statements import correct_statements
from services.members.usecases.generate_statements import generate_statements
from services.members.usecases.reply_to_statements import reply_to_statements
from services.members.usecases.send_statements import send_statements

SERVICE: Final = pb.DESCRIPTOR.services_by_name["FeedbackService"]


def feedback_service(frame: Frame) -> Registration:
    async def list_(request: pb.ListStatementsRequest, _call: Call) -> pb.ListStatementsResponse:
        page = Page.of(request)
        period = Period.parse(request.period_id, zone=frame.zone) if request.period_id else None
        stated = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            now = await frame.database.now(connection)
            as_of = stated or now
            only = await _filter(
                connection,
                request,
                node_at=counted_at(period=period, now=now) if period else None,
                overdue_at=as_of if request.overdue else None,
            )
            found = await list_statements(connection, page, only)
        rows, token = page.cut(found, key=lambda each: (each.id,))
        told = [translate.statement(each, as_of=as_of, zone=frame.zone) for each in rows]
        return pb.ListStatementsResponse(statements=told, next_page_token=token)

    async def get(request: pb.GetStatementRequest, _call: Call) -> pb.GetStatementResponse:
        async with frame.database.read() as connection:
            now = await frame.database.now(connection)
            found = (await read_statements(connection, [request.statement_id])).get(request.statement_id)
            if found is None:
                raise StatementUnknown(field="statement_id", statement_id=request.statement_id)
            versions = await read_versions(connection, found)
        told = partial(translate.statement, as_of=now, zone=frame.zone)
        return pb.GetStatementResponse(statement=told(found), versions=[told(each) for each in versions])

    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), "ListStatements": list_, "GetStatement": get},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    return {
        # Whoever asks wants what they did to be in it.
        **writes.rpcs(
            "GenerateStatements",
            decode=translate.generate,
            usecase=partial(generate_statements, zone=frame.zone),
            waits_for="applied",
        ),
        **writes.rpcs(
            "CommentStatement",
            batch="BatchCommentStatements",
            decode=translate.comment,
            usecase=comment_statements,
        ),
        **writes.rows(
            "SendStatements", decode=translate.send, usecase=partial(send_statements, zone=frame.zone)
        ),
        **writes.rpcs(
            "AcknowledgeStatement",
            batch="BatchAcknowledgeStatements",
            decode=translate.acknowledge,
            usecase=acknowledge_statements,
        ),
        **writes.rpcs(
            "ReplyToStatement",
            batch="BatchReplyToStatements",
            decode=translate.reply,
            usecase=reply_to_statements,
        ),
        **writes.rpcs("CorrectStatement", decode=translate.correct, usecase=correct_statements),
    }


async def _filter(
    connection: AsyncConnection,
    request: pb.ListStatementsRequest,
    *,
    node_at: datetime | None,
    overdue_at: datetime | None,
) -> Filter:
    """Read what ids stand for.

    Raises:
        NodeUnknown, WorkUnitUnknown, MemberUnknown: Nothing has this id.
        InvalidField: The node is below a community.
    """
    work_unit_ids = await read_ids_of_unit(connection, request.work_unit_id) if request.work_unit_id else ()
    if request.work_unit_id and not work_unit_ids:
        raise WorkUnitUnknown(field="work_unit_id", work_unit_id=request.work_unit_id)
    member_ids = await read_ids_of_persons(connection, [request.member_id]) if request.member_id else ()
    if request.member_id and not member_ids:
        raise MemberUnknown(field="member_id", member_id=request.member_id)
    if request.node_id:
        found = await read_nodes(connection, [request.node_id])
        if request.node_id not in found:
            raise NodeUnknown(field="node_id", node_id=request.node_id)
        refuse_below_community(found[request.node_id])
    return Filter(
        period_id=request.period_id or None,
        work_unit_ids=work_unit_ids,
        node_id=request.node_id or None,
        node_at=node_at,
        member_ids=member_ids,
        states=translate.states(request),
        overdue_at=overdue_at,
        every_version=request.every_version,
    )
