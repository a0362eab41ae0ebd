"""Records with defaults, so that a test states only what it is about."""

from datetime import UTC, datetime
from typing import Any

from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Level, Node
from services.members.domain.register import Member, MemberType
from services.members.domain.work_unit import WorkUnit

MARCH = datetime(2025, 3, 1, tzinfo=UTC)
JUNE = datetime(2025, 6, 1, tzinfo=UTC)


def node(id_: str, level: Level, *, parent_id: str | None = None, **others: Any) -> Node:
    stated = {"code": id_, "name": id_, "effective_from": MARCH, "revision": 1, **others}
    return Node(id=id_, level=level, parent_id=parent_id, **stated)


def member(id_: str = "m1", **others: Any) -> Member:
    stated = {
        "code": id_,
        "member_type": MemberType.RESIDENT,
        "work_unit_id": None,
        "registered_at": MARCH,
        "revision": 1,
        **others,
    }
    return Member(id=id_, **stated)


def unit(id_: str, **others: Any) -> WorkUnit:
    stated = {"code": id_, "name": id_, "effective_from": MARCH, "revision": 1, **others}
    return WorkUnit(id=id_, **stated)


def enrolment(id_: str = "e1", **others: Any) -> Enrolment:
    stated = {
        "member_id": "m1",
        "community_id": "c1",
        "enrolled_at": MARCH,
        "ended_at": None,
        "revision": 1,
        **others,
    }
    return Enrolment(id=id_, **stated)
