"""Between the contract and the domain: who participates, and who is missing. Pure functions."""

from typing import Final

from linli.members.v1 import enrolment_pb2 as pb

from services.members.domain.grid import Level
from services.members.domain.missing import Missing, MissingKind
from services.members.domain.participation import Row, Turnout

_KIND: Final = "MISSING_KIND_"

LEVELS: Final = {
    pb.PARTICIPATION_GROUPING_COMMUNITY: Level.COMMUNITY,
    pb.PARTICIPATION_GROUPING_STREET: Level.STREET,
}


def missing_kind(stated: pb.MissingKind.ValueType, /) -> MissingKind:
    return MissingKind(pb.MissingKind.Name(stated).removeprefix(_KIND))


def turnout(record: Turnout, /) -> pb.GetParticipationResponse:
    answer = pb.GetParticipationResponse(
        enrolled=record.enrolled,
        participating=record.participating,
        participation_basis_points=record.basis_points,
    )
    if record.enrolling is not None:
        answer.due = record.enrolling.due
        answer.due_enrolled = record.enrolling.enrolled
        answer.enrolment_basis_points = record.enrolling.basis_points
    return answer


def row(record: Row, /) -> pb.ParticipationRow:
    answer = pb.ParticipationRow(
        id=record.id,
        code=record.code,
        name=record.name,
        enrolled=record.turnout.enrolled,
        participating=record.turnout.participating,
        participation_basis_points=record.turnout.basis_points,
    )
    if record.turnout.enrolling is not None:
        answer.due = record.turnout.enrolling.due
        answer.due_enrolled = record.turnout.enrolling.enrolled
        answer.enrolment_basis_points = record.turnout.enrolling.basis_points
    return answer


def missing(record: Missing, /, *, name: str) -> pb.Missing:
    return pb.Missing(
        member_id=record.member_id,
        code=record.code,
        name=name,
        community_id=record.community_id or "",
        work_unit_id=record.work_unit_id or "",
        enrolment_id=record.enrolment_id or "",
    )
