"""Of which countries phones may be."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

PHONE_COUNTRIES: Final = ("CN",)


async def allowed_phone_countries(_connection: AsyncConnection) -> tuple[str, ...]:
    """Read the countries (ISO 3166) that the policy allows; a number without one is of the first."""
    return PHONE_COUNTRIES
