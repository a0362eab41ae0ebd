"""Who serves where, who is missing and what units are told, with names and codes beside the ids."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from linli.members.v1 import enrolment_pb2 as pb
from linli.members.v1 import feedback_pb2
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.feedback_pb2_grpc import FeedbackServiceStub
from linli.members.v1.member_pb2 import BatchGetMembersRequest, Member
from linli.members.v1.member_pb2_grpc import MemberServiceStub

from services.console.exporting.table import Table
from services.console.importing.words import Words
from services.console.register.desk import Desk
from services.console.register.shown import day
from services.console.register.taking_part import missing_pages
from services.console.sheets.writing import Cell
from services.console.wording import listed, say

POINT_DECIMALS: Final = 3
"""A point is a thousand milli-points."""
STATES: Final = Words(
    enum=feedback_pb2.StatementState,
    prefix="STATEMENT_STATE_",
    chinese={
        "DRAFT": "草稿",
        "SENT": "已发出",
        "ACKNOWLEDGED": "已签收",
        "REPLIED": "已回复",
        "COMPUTING": "计算中",
    },
    also={},
)
_PERSON = ("code", "name", "unit_code", "unit", "community_code", "community")
_WIDTHS = {"code": 14, "name": 16, "unit_code": 14, "unit": 28, "community_code": 14, "community": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What of it is exported; empty: all."""

    period: str = ""
    kind: str = ""
    """What people miss."""
    unit: str = ""
    node: str = ""


async def read_enrolments(desk: Desk, filters: Filters) -> Table:
    """Give enrolments in the order of their beginnings, ended ones too; none that fell away in a merge."""
    where = {
        "work_unit_id": (await desk.unit(filters.unit)).work_unit_id if filters.unit else "",
        "node_id": (await desk.node(filters.node)).node_id if filters.node else "",
    }
    rpc = EnrolmentServiceStub(desk.channel).ListEnrolments

    async def rows() -> AsyncIterator[list[str]]:
        async for page in desk.pages(rpc, pb.ListEnrolmentsRequest, **where):
            held = [each for each in page.enrolments if each.state != pb.ENROLMENT_STATE_WITHDRAWN]
            people = await _people(desk, (each.member_id for each in held))
            for each in held:
                member = people.get(each.member_id, Member())
                yield [
                    *await _person(desk, member.code, member.name, member.work_unit_id, each.community_id),
                    day(each.enrolled_at, desk.zone),
                    day(each.ended_at, desk.zone),
                    say("cell.yes" if each.late else "cell.no"),
                    listed(each.renewed_periods),
                ]

    return _table((*_PERSON, "enrolled_on", "ended_on", "late", "renewed"), rows())


async def read_missing(desk: Desk, filters: Filters) -> Table:
    """Give those who are not enrolled, have not renewed or did not participate, by their numbers."""
    pages = await missing_pages(
        desk, kind=filters.kind, period=filters.period, unit=filters.unit, node=filters.node
    )

    async def rows() -> AsyncIterator[list[str]]:
        async for page in pages:
            for each in page.missing:
                yield [
                    *await _person(desk, each.code, each.name, each.work_unit_id, each.community_id),
                    page.due_on,
                    str(page.days_left) if page.HasField("days_left") else "",
                ]

    return _table((*_PERSON, "due_on", "days"), rows())


async def read_statements(desk: Desk, filters: Filters) -> Table:
    """Give the newest version of each feedback statement, from communities to work units."""
    where = {
        "work_unit_id": (await desk.unit(filters.unit)).work_unit_id if filters.unit else "",
        "node_id": (await desk.node(filters.node)).node_id if filters.node else "",
    }
    rpc = FeedbackServiceStub(desk.channel).ListStatements
    ask = feedback_pb2.ListStatementsRequest

    async def rows() -> AsyncIterator[list[Cell]]:
        async for page in desk.pages(rpc, ask, period_id=filters.period, **where):
            people = await _people(desk, (each.member_id for each in page.statements))
            for each in page.statements:
                member = people.get(each.member_id, Member())
                yield [
                    each.period_id,
                    *await _person(desk, member.code, member.name, each.work_unit_id, each.community_id),
                    STATES.word(each.state),
                    each.version,
                    each.service_minutes,
                    each.activities,
                    each.wishes,
                    points(each.merit_milli),
                    each.comment,
                    *(
                        day(moment, desk.zone)
                        for moment in (each.sent_at, each.due_at, each.acknowledged_at, each.replied_at)
                    ),
                    each.reply,
                    each.overdue_days or "",
                    each.statement_id,
                ]

    figures = ("state", "version", "minutes", "activities", "wishes", "points", "comment")
    answers = ("sent_on", "due_on", "acknowledged_on", "replied_on", "reply", "overdue_days", "statement")
    return _table(("period", *_PERSON, *figures, *answers), rows())


def points(milli: int, /) -> Decimal:
    """Turn milli-points into points."""
    return Decimal(milli).scaleb(-POINT_DECIMALS)


async def _people(desk: Desk, member_ids: Iterable[str]) -> dict[str, Member]:
    wanted = list(dict.fromkeys(member_ids))
    if not wanted:
        return {}
    request = BatchGetMembersRequest(member_ids=wanted)
    answer = await desk.ask(MemberServiceStub(desk.channel).BatchGetMembers, request)
    return {each.member_id: each for each in answer.members}


async def _person(desk: Desk, code: str, name: str, work_unit_id: str, community_id: str) -> list[str]:
    unit: Any = await desk.unit(work_unit_id) if work_unit_id else None
    node: Any = await desk.node(community_id) if community_id else None
    return [
        code,
        name,
        unit.code if unit else "",
        unit.name if unit else "",
        node.code if node else "",
        node.name if node else "",
    ]


def _table(keys: Iterable[str], rows: AsyncIterator[Sequence[Cell]]) -> Table:
    names = list(keys)
    return Table(
        heading=[say(f"export.{key}") for key in names],
        rows=rows,
        widths=[_WIDTHS.get(key, 12) for key in names],
    )
