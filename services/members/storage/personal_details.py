"""The one way to personal data: nothing else touches their table; facts and logs hold nothing of them."""

from collections.abc import Collection, Mapping

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.storage.tables import personal_details


async def insert_names(connection: AsyncConnection, names: Mapping[str, str]) -> None:
    """Keep the names of new members, by member id."""
    if names:
        rows = [{"member_id": member_id, "name": name} for member_id, name in names.items()]
        await connection.execute(insert(personal_details), rows)


async def read_names(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read names by member id."""
    statement = select(personal_details.c.member_id, personal_details.c.name).where(
        personal_details.c.member_id.in_(set(member_ids))
    )
    return dict((await connection.execute(statement)).all())
