"""Members with whatever can belong to them, merged and parted again."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Table, insert, select

from services.chassis.ids import new_id
from services.members.consumers.checks import checks_of_participations
from services.members.domain.grid import Level
from services.members.domain.merge import BelongingKind
from services.members.storage.belonging_facts import READ_STATEMENTS
from services.members.storage.belongings import SHELVES
from services.members.storage.check_merges import checks_of_merges
from services.members.storage.checks import checks_of_register
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.organisation_tables import roles, team_memberships, teams
from services.members.storage.person_tables import consents, member_terms
from services.members.storage.role_checks import checks_of_roles
from services.members.storage.tables import enrolments, members, participations
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.enrol import Enrol
from services.members.usecases.merge_members import MergeMembers
from services.members.usecases.merge_members import merge_members as merge_members_in
from services.members.usecases.unmerge_members import UnmergeMembers
from services.members.usecases.unmerge_members import unmerge_members as unmerge_members_in
from tests.integration import databases
from tests.integration.members.register import DESK, MARCH, SHANGHAI, Register, enrol, node

merge_members = partial(merge_members_in, zone=SHANGHAI)
unmerge_members = partial(unmerge_members_in, zone=SHANGHAI)

Picture = Mapping[str, list[tuple[Any, ...]]]


def merging(survivor_id: str, duplicate_id: str) -> MergeMembers:
    return MergeMembers(
        survivor_id=survivor_id, duplicate_id=duplicate_id, reason="Registered twice.", stated_by=DESK
    )


def parting(merge_id: str) -> UnmergeMembers:
    return UnmergeMembers(merge_id=merge_id, reason="Two persons after all.", stated_by=DESK)


async def merge(register: Register, survivor_id: str, duplicate_id: str) -> str:
    return (await register.written(merge_members, merging(survivor_id, duplicate_id)))[0]


async def part(register: Register, merge_id: str) -> None:
    await register.written(unmerge_members, parting(merge_id))


async def communities(register: Register, count: int) -> list[str]:
    """Make a district with a street and so many communities."""
    first = await register.community()
    async with register.database.read() as connection:
        parent_id = (await read_nodes(connection, [first]))[first].parent_id
    others = (node(f"c-{n}", Level.COMMUNITY, parent_id) for n in range(1, count))
    return [first, *(await register.written(create_nodes, *others))]


async def enrolled(register: Register, member_id: str, community_id: str, *, at: datetime = MARCH) -> str:
    command = Enrol(member_id=member_id, community_id=community_id, occurred_at=at, stated_by=DESK)
    return (await register.written(enrol, command))[0]


async def give(
    register: Register,
    belonging: BelongingKind,
    member_id: str,
    *,
    since: datetime = MARCH,
    until: datetime | None = None,
    **others: Any,
) -> str:
    """Let something belong to a member, stated as it is stored."""
    shelf, record_id = SHELVES[belonging], new_id()
    row = {
        shelf.key.name: record_id,
        "member_id": member_id,
        shelf.starts_at.name: since,
        shelf.ends_at.name: until,
        "revision": 1,
        **others,
    }
    async with databases.working(register.database) as work:
        await work.connection.execute(insert(shelf.key.table).values(row))
        (statement,) = (await READ_STATEMENTS[belonging](work.connection, [record_id])).values()
        statement.make(work)
    return record_id


async def role(register: Register, member_id: str, scope_id: str, **others: Any) -> str:
    stated = {"kind": "LIAISON", "scope_kind": "GRID_NODE", "scope_id": scope_id, **others}
    return await give(register, BelongingKind.ROLE, member_id, **stated)


async def membership(register: Register, member_id: str, team_id: str, **others: Any) -> str:
    return await give(register, BelongingKind.TEAM_MEMBERSHIP, member_id, team_id=team_id, **others)


async def consent(register: Register, member_id: str, **others: Any) -> str:
    stated = {"purpose": "PUBLISH_NAME", **others}
    return await give(register, BelongingKind.CONSENT, member_id, **stated)


async def skills(register: Register, member_id: str, *codes: str) -> None:
    rows = [{"member_id": member_id, "kind": "SKILL", "code": code} for code in codes]
    async with register.database.write() as connection:
        await connection.execute(insert(member_terms), rows)


async def team(register: Register) -> str:
    row = {"team_id": new_id(), "code": new_id(), "name": "t", "team_type": "PATROL", "effective_from": MARCH}
    async with register.database.write() as connection:
        await connection.execute(insert(teams).values({**row, "revision": 1}))
    return str(row["team_id"])


async def owner_of(register: Register, kind: BelongingKind, record_id: str) -> str:
    """Name whose a record is; empty if it was withdrawn."""
    shelf = SHELVES[kind]
    async with register.database.read() as connection:
        statement = select(shelf.key.table).where(shelf.key == record_id)
        row = (await connection.execute(statement)).one()
    return "" if shelf.withdrawn is not None and row.withdrawn else str(row.member_id)


async def picture(register: Register) -> Picture:
    """Read whose everything is, and what is computed of it, but for revisions."""
    tables: list[Table] = [
        members,
        enrolments,
        team_memberships,
        roles,
        consents,
        member_terms,
        participations,
    ]
    seen: dict[str, list[tuple[Any, ...]]] = {}
    async with register.database.read() as connection:
        for table in tables:
            columns = [column for column in table.c if column.name != "revision"]
            rows = await connection.execute(select(*columns).order_by(*table.primary_key))
            seen[table.name] = [tuple(row) for row in rows]
    return seen


async def findings(register: Register) -> list[str]:
    """Verify; the teams of these tests stand in no log, and the skills in no vocabulary."""
    everything = [
        *checks_of_register(),
        *checks_of_roles(),
        *checks_of_merges(),
        *checks_of_participations(),
    ]
    found = await databases.findings(register.database, *everything)
    unstated = ("what members can and offer", "teams equal their facts")
    return [each for each in found if not each.startswith(unstated)]
