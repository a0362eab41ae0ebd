"""The one way to personal data: nothing else touches their table; facts and logs hold nothing of them."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import insert_columns
from services.members.storage.person_tables import personal_values

NAME: Final = "name"


async def insert_names(connection: AsyncConnection, names: Mapping[str, str]) -> None:
    """Keep the names of new members, by member id."""
    rows = [
        {"member_id": member_id, "field": NAME, "value": name, "identifies": False}
        for member_id, name in sorted(names.items())
    ]
    await insert_columns(connection, personal_values, rows)


async def read_names(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read names by member id."""
    statement = select(personal_values.c.member_id, personal_values.c.value).where(
        personal_values.c.member_id.in_(set(member_ids)), personal_values.c.field == NAME
    )
    return dict((await connection.execute(statement)).all())
