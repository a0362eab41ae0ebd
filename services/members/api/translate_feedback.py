"""Between the contract and the domain: feedback statements. Pure functions that only convert."""

from datetime import datetime
from zoneinfo import ZoneInfo

from linli.members.v1 import feedback_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import timestamp
from services.members.domain.statement import FeedbackStatement, StatementState
from services.members.usecases.acknowledge_statements import AcknowledgeStatement
from services.members.usecases.comment_statements import CommentStatement
from services.members.usecases.correct_statements import CorrectStatement
from services.members.usecases.generate_statements import GenerateStatements
from services.members.usecases.reply_to_statements import ReplyToStatement
from services.members.usecases.send_statements import SendStatement

_PREFIX = "STATEMENT_STATE_"


def generate(request: pb.GenerateStatementsRequest, call: Call) -> GenerateStatements:
    return GenerateStatements(
        period_id=request.period_id, node_id=request.node_id or None, stated_by=str(call.caller)
    )


def comment(request: pb.CommentStatementRequest, call: Call) -> CommentStatement:
    return CommentStatement(
        statement_id=request.statement_id, comment=request.comment, stated_by=str(call.caller)
    )


def send(request: pb.SendStatement, call: Call) -> SendStatement:
    return SendStatement(statement_id=request.statement_id, stated_by=str(call.caller))


def acknowledge(request: pb.AcknowledgeStatementRequest, call: Call) -> AcknowledgeStatement:
    return AcknowledgeStatement(statement_id=request.statement_id, stated_by=str(call.caller))


def reply(request: pb.ReplyToStatementRequest, call: Call) -> ReplyToStatement:
    return ReplyToStatement(
        statement_id=request.statement_id, reply=request.reply, stated_by=str(call.caller)
    )


def correct(request: pb.CorrectStatementRequest, call: Call) -> CorrectStatement:
    return CorrectStatement(
        statement_id=request.statement_id,
        reason=request.reason,
        comment=request.comment if request.HasField("comment") else None,
        stated_by=str(call.caller),
    )


def states(request: pb.ListStatementsRequest) -> list[StatementState]:
    return [StatementState(pb.StatementState.Name(each).removeprefix(_PREFIX)) for each in request.states]


def statement(record: FeedbackStatement, /, *, as_of: datetime, zone: ZoneInfo) -> pb.Statement:
    figures = record.figures
    return pb.Statement(
        statement_id=record.id,
        period_id=record.period_id,
        member_id=record.member_id,
        version=record.version,
        supersedes_id=record.supersedes_id or "",
        superseded_by_id=record.superseded_by_id or "",
        community_id=record.community_id,
        work_unit_id=record.work_unit_id,
        state=pb.StatementState.Value(f"{_PREFIX}{record.state}"),
        service_minutes=figures.service_minutes,
        activities=figures.activities,
        wishes=figures.wishes,
        merit_milli=figures.merit_milli,
        service_positions=figures.service_positions,
        points_positions=figures.points_positions,
        comment=record.comment,
        generated_at=timestamp(record.generated_at),
        sent_at=timestamp(record.sent_at),
        due_at=timestamp(record.due_at),
        acknowledged_at=timestamp(record.acknowledged_at),
        acknowledged_by=record.acknowledged_by or "",
        replied_at=timestamp(record.replied_at),
        replied_by=record.replied_by or "",
        reply=record.reply,
        overdue_days=record.overdue_days(as_of=as_of, zone=zone),
    )
