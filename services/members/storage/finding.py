"""Selects members by what is known of them. Whoever turned out to be somebody else is found as that one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, func, select

from services.members.domain.register import MemberType
from services.members.domain.vocabulary import TermKind
from services.members.storage.enrolments import is_in_force
from services.members.storage.grid_trees import subtree
from services.members.storage.person_tables import member_terms
from services.members.storage.tables import enrolments, members

MemberIds = Select[tuple[str]]
"""Selects ids of members, in no order."""


def on_the_register(*, work_unit_id: str | None = None, member_type: MemberType | None = None) -> MemberIds:
    """Select members: all, or those of a work unit or a type at present."""
    found = select(members.c.member_id).where(members.c.merged_into.is_(None))
    if work_unit_id is not None:
        found = found.where(members.c.work_unit_id == work_unit_id)
    if member_type is not None:
        found = found.where(members.c.member_type == member_type)
    return found


def with_code(code: str) -> MemberIds:
    """Select who has a number."""
    return select(members.c.member_id).where(members.c.code == code)


def with_term(kind: TermKind, code: str) -> MemberIds:
    """Select those who have a skill or offer a service."""
    return select(member_terms.c.member_id).where(member_terms.c.kind == kind, member_terms.c.code == code)


def enrolled_under(node_id: str, *, at: datetime) -> MemberIds:
    """Select those who are enrolled at or below a node of the grid at a time."""
    communities = select(subtree(node_id, at=at).c.node_id)
    return select(enrolments.c.member_id).where(enrolments.c.community_id.in_(communities), is_in_force(at))


def all_of(found: MemberIds, criteria: Iterable[MemberIds]) -> MemberIds:
    """Select those who meet every criterion, under any of their ids."""
    for criterion in criteria:
        someone = members.alias()
        answering = select(func.coalesce(someone.c.merged_into, someone.c.member_id))
        found = found.where(members.c.member_id.in_(answering.where(someone.c.member_id.in_(criterion))))
    return found
