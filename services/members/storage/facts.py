"""States the records of this service in its log. Ids, kinds and times only: no personal data."""

from collections.abc import Iterable

from linli.members.v1.enrolment_pb2 import ENROLMENT_STATE_ACTIVE, ENROLMENT_STATE_ENDED
from linli.members.v1.facts_pb2 import EnrolmentFact, GridNodeFact, MemberFact, WorkUnitFact
from linli.members.v1.grid_pb2 import GridLevel
from linli.members.v1.member_pb2 import MemberType

from services.chassis.moments import timestamp
from services.chassis.work import Work
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Node
from services.members.domain.register import Member, WorkUnit


def node_body(node: Node, /) -> GridNodeFact:
    return GridNodeFact(
        node_id=node.id,
        code=node.code,
        level=GridLevel.ValueType(node.level),
        parent_id=node.parent_id or "",
        effective_from=timestamp(node.effective_from),
    )


def work_unit_body(unit: WorkUnit, /) -> WorkUnitFact:
    return WorkUnitFact(work_unit_id=unit.id, code=unit.code)


def member_body(member: Member, /) -> MemberFact:
    return MemberFact(
        member_id=member.id,
        member_type=MemberType.Value(f"MEMBER_TYPE_{member.member_type}"),
        work_unit_id=member.work_unit_id or "",
        registered_at=timestamp(member.registered_at),
    )


def enrolment_body(enrolment: Enrolment, /) -> EnrolmentFact:
    return EnrolmentFact(
        enrolment_id=enrolment.id,
        member_id=enrolment.member_id,
        community_id=enrolment.community_id,
        state=ENROLMENT_STATE_ACTIVE if enrolment.is_active else ENROLMENT_STATE_ENDED,
        enrolled_at=timestamp(enrolment.enrolled_at),
        ended_at=timestamp(enrolment.ended_at),
    )


def state_node(work: Work, node: Node, *, parent: Node | None) -> str:
    """State a node; its parent is why it could be added. Returns the id of the fact."""
    return work.state(
        record_id=node.id,
        revision=node.revision,
        effective_at=node.effective_from,
        subjects=[("grid_node", node.id)],
        causes=_causes(work, [parent]),
        body=node_body(node),
    )


def state_work_unit(work: Work, unit: WorkUnit) -> str:
    """State a work unit. Returns the id of the fact."""
    return work.state(
        record_id=unit.id,
        revision=unit.revision,
        effective_at=unit.effective_from,
        subjects=[("work_unit", unit.id)],
        body=work_unit_body(unit),
    )


def state_member(work: Work, member: Member, *, work_unit: WorkUnit | None) -> str:
    """State a member. Returns the id of the fact."""
    return work.state(
        record_id=member.id,
        revision=member.revision,
        effective_at=member.registered_at,
        subjects=[("member", member.id)],
        causes=_causes(work, [work_unit]),
        body=member_body(member),
    )


def state_enrolment(work: Work, enrolment: Enrolment, *, because_of: Iterable[Member | Node] = ()) -> str:
    """State an enrolment, from its beginning on. Returns the id of the fact."""
    return work.state(
        record_id=enrolment.id,
        revision=enrolment.revision,
        effective_at=enrolment.enrolled_at,
        subjects=[("member", enrolment.member_id)],
        causes=_causes(work, because_of),
        body=enrolment_body(enrolment),
    )


def _causes(work: Work, read: Iterable[Node | WorkUnit | Member | None]) -> list[tuple[str, str, int]]:
    return [(work.log, record.id, record.revision) for record in read if record]
