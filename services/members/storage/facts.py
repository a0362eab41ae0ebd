"""What the records of this service say of themselves in its log. Ids, kinds and times: no personal data."""

from typing import Protocol

from linli.members.v1 import consent_pb2
from linli.members.v1.enrolment_pb2 import (
    ENROLMENT_STATE_ACTIVE,
    ENROLMENT_STATE_ENDED,
    ENROLMENT_STATE_WITHDRAWN,
    EnrolmentState,
)
from linli.members.v1.facts_pb2 import (
    ConsentFact,
    EarlierParent,
    EarlierWorkUnit,
    EnrolmentFact,
    GridNodeFact,
    MemberFact,
    WorkUnitFact,
)
from linli.members.v1.grid_pb2 import GridLevel
from linli.members.v1.member_pb2 import MemberType

from services.chassis.facts.statement import Statement
from services.chassis.moments import timestamp
from services.members.domain.consent import Consent
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid_history import NodeHistory
from services.members.domain.register import Member
from services.members.domain.work_unit import WorkUnit

LOG = "members"

Cause = tuple[str, str, int]


class Recorded(Protocol):
    """A record of this service."""

    @property
    def id(self) -> str: ...

    @property
    def revision(self) -> int: ...


def of_node(history: NodeHistory, /) -> Statement:
    """State a node. Its name is no part of the fact, and yet a rename is a revision: every change is told."""
    node = history.node
    body = GridNodeFact(
        node_id=node.id,
        code=node.code,
        level=GridLevel.ValueType(node.level),
        parent_id=node.parent_id or "",
        effective_from=timestamp(node.effective_from),
        earlier_parents=[
            EarlierParent(parent_id=parent_id, effective_until=timestamp(until))
            for parent_id, until in history.earlier_parents
        ],
        closed_at=timestamp(node.closed_at),
        successor_ids=history.successor_ids,
    )
    return Statement(
        record_id=node.id,
        revision=node.revision,
        effective_at=node.effective_from,
        subjects=(("grid_node", node.id),),
        body=body,
    )


def of_work_unit(unit: WorkUnit, /) -> Statement:
    body = WorkUnitFact(
        work_unit_id=unit.id,
        code=unit.code,
        parent_id=unit.parent_id or "",
        merged_into=unit.merged_into or "",
        closed_at=timestamp(unit.closed_at),
    )
    return Statement(
        record_id=unit.id,
        revision=unit.revision,
        effective_at=unit.effective_from,
        subjects=(("work_unit", unit.id),),
        body=body,
    )


def of_member(member: Member, /) -> Statement:
    body = MemberFact(
        member_id=member.id,
        member_type=MemberType.Value(f"MEMBER_TYPE_{member.member_type}"),
        work_unit_id=member.work_unit_id or "",
        registered_at=timestamp(member.registered_at),
        earlier_work_units=[
            EarlierWorkUnit(
                work_unit_id=past.work_unit_id or "", effective_until=timestamp(past.effective_until)
            )
            for past in member.past_work_units
        ],
        merged_into=member.merged_into or "",
        probationary=member.probationary,
        erased_at=timestamp(member.erased_at),
    )
    subjects = [member.id, member.merged_into] if member.merged_into else [member.id]
    return Statement(
        record_id=member.id,
        revision=member.revision,
        effective_at=member.registered_at,
        subjects=tuple(("member", each) for each in subjects),
        body=body,
    )


def state_of_enrolment(enrolment: Enrolment, /) -> EnrolmentState.ValueType:
    if enrolment.withdrawn:
        return ENROLMENT_STATE_WITHDRAWN
    return ENROLMENT_STATE_ACTIVE if enrolment.is_active else ENROLMENT_STATE_ENDED


def of_enrolment(enrolment: Enrolment, /) -> Statement:
    """State an enrolment, effective from its beginning even when it is its end that is stated."""
    body = EnrolmentFact(
        enrolment_id=enrolment.id,
        member_id=enrolment.member_id,
        community_id=enrolment.community_id,
        state=state_of_enrolment(enrolment),
        enrolled_at=timestamp(enrolment.enrolled_at),
        ended_at=timestamp(enrolment.ended_at),
        late=enrolment.late,
        renewed_periods=enrolment.renewed_periods,
    )
    return Statement(
        record_id=enrolment.id,
        revision=enrolment.revision,
        effective_at=enrolment.enrolled_at,
        subjects=(("member", enrolment.member_id),),
        body=body,
    )


def of_consent(consent: Consent, /) -> Statement:
    """State a consent, effective from when it was given even when it is its end that is stated."""
    body = ConsentFact(
        consent_id=consent.id,
        member_id=consent.member_id,
        purpose=consent_pb2.ConsentPurpose.Value(f"CONSENT_PURPOSE_{consent.purpose}"),
        given_at=timestamp(consent.given_at),
        revoked_at=timestamp(consent.revoked_at),
    )
    return Statement(
        record_id=consent.id,
        revision=consent.revision,
        effective_at=consent.given_at,
        subjects=(("member", consent.member_id),),
        body=body,
    )


def causes(*read: Recorded | None) -> list[Cause]:
    """Name the records that a decision rested on."""
    return [(LOG, record.id, record.revision) for record in read if record]
