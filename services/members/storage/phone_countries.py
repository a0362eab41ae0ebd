"""Of which countries phones may be."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.storage.policies import read_policy


async def allowed_phone_countries(connection: AsyncConnection) -> tuple[str, ...]:
    """Read the countries (ISO 3166) that the policy allows; a number without one is of the first."""
    return (await read_policy(connection)).phone_countries
