"""What belongs to members, as its facts state it."""

from collections.abc import Collection
from typing import Any, Final

from linli.members.v1.facts_pb2 import RoleFact, TeamMembershipFact
from linli.members.v1.role_pb2 import RoleKind, RoleScope
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import ReadStatements, Statement
from services.chassis.moments import timestamp
from services.chassis.sql.among import is_among
from services.members.domain.merge import BelongingKind
from services.members.storage.consents import read_consents
from services.members.storage.enrolments import read_enrolments
from services.members.storage.facts import of_consent, of_enrolment
from services.members.storage.organisation_tables import roles, team_memberships

_SCOPE_FIELDS: Final = {"GRID_NODE": "node_id", "WORK_UNIT": "work_unit_id", "TEAM": "team_id"}


async def read_enrolment_statements(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, Statement]:
    return {id_: of_enrolment(each) for id_, each in (await read_enrolments(connection, ids)).items()}


async def read_membership_statements(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, Statement]:
    statement = select(team_memberships).where(is_among(team_memberships.c.membership_id, ids))
    return {row.membership_id: of_membership(row) for row in await connection.execute(statement)}


async def read_role_statements(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
    statement = select(roles).where(is_among(roles.c.role_id, ids))
    return {row.role_id: of_role(row) for row in await connection.execute(statement)}


async def read_consent_statements(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
    return {id_: of_consent(each) for id_, each in (await read_consents(connection, ids)).items()}


READ_STATEMENTS: Final[dict[BelongingKind, ReadStatements]] = {
    BelongingKind.ENROLMENT: read_enrolment_statements,
    BelongingKind.TEAM_MEMBERSHIP: read_membership_statements,
    BelongingKind.ROLE: read_role_statements,
    BelongingKind.CONSENT: read_consent_statements,
}


def of_membership(row: Any, /) -> Statement:
    return Statement(
        record_id=row.membership_id,
        revision=row.revision,
        effective_at=row.joined_at,
        subjects=(("member", row.member_id), ("team", row.team_id)),
        body=TeamMembershipFact(
            membership_id=row.membership_id,
            team_id=row.team_id,
            member_id=row.member_id,
            joined_at=timestamp(row.joined_at),
            left_at=timestamp(row.left_at),
            withdrawn=row.withdrawn,
        ),
    )


def of_role(row: Any, /) -> Statement:
    return Statement(
        record_id=row.role_id,
        revision=row.revision,
        effective_at=row.valid_from,
        subjects=(("member", row.member_id),),
        body=RoleFact(
            role_id=row.role_id,
            member_id=row.member_id,
            kind=RoleKind.Value(f"ROLE_KIND_{row.kind}"),
            scope=RoleScope(**{_SCOPE_FIELDS[row.scope_kind]: row.scope_id}),
            valid_from=timestamp(row.valid_from),
            valid_until=timestamp(row.valid_until),
            withdrawn=row.withdrawn,
        ),
    )
