"""What must hold of the register and its log; `verify` looks for breaches."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import ReadStatements, Statement, check_statements
from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.chassis.tables import facts
from services.members.storage import facts as state
from services.members.storage.consents import read_consents
from services.members.storage.enrolments import read_enrolments
from services.members.storage.feedback_tables import feedback_statements
from services.members.storage.grid_histories import read_histories
from services.members.storage.members import read_members
from services.members.storage.organisation_tables import pairings, roles, team_memberships, teams
from services.members.storage.person_checks import checks_of_persons
from services.members.storage.person_tables import consents
from services.members.storage.tables import enrolments, grid_nodes, members, work_units
from services.members.storage.work_units import read_work_units

Record = TypeVar("Record")

_KEYS: Final = (
    grid_nodes.c.node_id,
    work_units.c.work_unit_id,
    members.c.member_id,
    enrolments.c.enrolment_id,
    teams.c.team_id,
    team_memberships.c.membership_id,
    roles.c.role_id,
    pairings.c.pairing_id,
    consents.c.consent_id,
    feedback_statements.c.statement_id,
)


def checks_of_register() -> list[Check]:
    """List the laws of what this service owns."""
    nodes, units, people, agreed, enrolled = (
        stating(read_histories, state.of_node),
        stating(read_work_units, state.of_work_unit),
        stating(read_members, state.of_member),
        stating(read_consents, state.of_consent),
        stating(read_enrolments, state.of_enrolment),
    )
    return [
        check_statements(name="grid nodes equal their facts", key=grid_nodes.c.node_id, read=nodes),
        check_statements(name="work units equal their facts", key=work_units.c.work_unit_id, read=units),
        check_statements(name="members equal their facts", key=members.c.member_id, read=people),
        check_statements(name="consents equal their facts", key=consents.c.consent_id, read=agreed),
        check_statements(name="enrolments equal their facts", key=enrolments.c.enrolment_id, read=enrolled),
        Check(name="the log states no record that is not held", chunk=_check_nothing_lost),
        Check(name="a member has one enrolment at a time", chunk=_check_one_enrolment_at_a_time),
        *checks_of_persons(),
    ]


def stating(
    read: Callable[[AsyncConnection, Collection[str]], Awaitable[Mapping[str, Record]]],
    statement_of: Callable[[Record], Statement],
) -> ReadStatements:
    """Read records as what they say of themselves.

    Args:
        read: Reads records by id.
        statement_of: What one of them says.
    """

    async def read_statements(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
        held = await read(connection, ids)
        return {record_id: statement_of(record) for record_id, record in held.items()}

    return read_statements


async def _check_nothing_lost(connection: AsyncConnection, _next: Any) -> Checked:
    is_held = or_(*(exists().where(key == facts.c.record_id) for key in _KEYS))
    lost = select(facts.c.record_id).where(facts.c.revision == 1, ~is_held).limit(FINDINGS_MAX)
    findings = [f"record {record_id} is gone" for record_id in (await connection.execute(lost)).scalars()]
    stated = select(func.count()).where(facts.c.revision == 1)
    return Checked(compared=(await connection.execute(stated)).scalar_one(), findings=findings)


async def _check_one_enrolment_at_a_time(connection: AsyncConnection, _next: Any) -> Checked:
    member, begin = enrolments.c.member_id, enrolments.c.enrolled_at
    previous_id = func.lag(enrolments.c.enrolment_id).over(partition_by=member, order_by=begin)
    previous_end = func.lag(enrolments.c.ended_at).over(partition_by=member, order_by=begin)
    pairs = (
        select(member, begin, previous_id.label("previous_id"), previous_end.label("previous_end"))
        .where(~enrolments.c.withdrawn)
        .subquery()
    )
    overlaps = pairs.c.previous_end.is_(None) | (pairs.c.previous_end > pairs.c.enrolled_at)
    statement = select(pairs.c.member_id).where(pairs.c.previous_id.is_not(None), overlaps)
    found = (await connection.execute(statement.distinct().limit(FINDINGS_MAX))).scalars()
    compared = await connection.execute(select(func.count()).select_from(enrolments))
    return Checked(
        compared=compared.scalar_one(),
        findings=[f"enrolments of member {member_id} overlap" for member_id in found],
    )
