"""Reads and writes what facts are worth now."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows
from services.chassis.sql.derived import write_rows
from services.points.domain.assess import Grant
from services.points.domain.fact import RecordKey
from services.points.storage.grant_rows import columns_of, grant_of
from services.points.storage.tables import grants

Key = tuple[RecordKey, str, str]
"""Record, version of the rule set and rule: a fact has one grant under each rule."""
Granted = Mapping[str, Mapping[Key, Grant]]
"""By member id."""


def by_key(granted: Sequence[Grant]) -> dict[Key, Grant]:
    return {(each.fact.record, each.rule_set_id, each.rule_id): each for each in granted}


async def read_granted_members(connection: AsyncConnection, member_ids: Collection[str]) -> set[str]:
    """Say which of these members have a grant."""
    statement = select(grants.c.member_id).where(is_among(grants.c.member_id, member_ids)).distinct()
    return set((await connection.execute(statement)).scalars())


async def read_grants(
    connection: AsyncConnection, member_ids: Collection[str]
) -> dict[str, dict[Key, Grant]]:
    """Read all grants of some members; a member without any has an empty one."""
    found: dict[str, list[Grant]] = {member_id: [] for member_id in member_ids}
    for row in await connection.execute(select(grants).where(is_among(grants.c.member_id, found))):
        found[row.member_id].append(grant_of(row))
    return {member_id: by_key(granted) for member_id, granted in found.items()}


async def read_grant(connection: AsyncConnection, *, member_id: str, like: Grant) -> Grant | None:
    """Read what the record of a grant is worth now by the same rule of the same version."""
    record = like.fact.record
    statement = select(grants).where(
        grants.c.member_id == member_id,
        grants.c.log == record.log,
        grants.c.record_id == record.record_id,
        grants.c.rule_set_id == like.rule_set_id,
        grants.c.rule_id == like.rule_id,
    )
    row = (await connection.execute(statement)).one_or_none()
    return grant_of(row) if row else None


async def replace_grants(connection: AsyncConnection, *, held: Granted, wanted: Granted) -> None:
    """Store the difference between what is held and what is wanted of the same members."""
    gone = [
        (member_id, *record, rule_set_id, rule_id)
        for member_id, granted in held.items()
        for record, rule_set_id, rule_id in granted.keys() - wanted[member_id].keys()
    ]
    changed = [
        {"member_id": member_id, **columns_of(grant)}
        for member_id, granted in wanted.items()
        for key, grant in granted.items()
        if held[member_id].get(key) != grant
    ]
    await delete_rows(connection, grants, gone)
    await write_rows(connection, grants, changed)
