"""Codes as any of the tables has them."""

from collections.abc import Collection

from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.codes import Codes


async def read_codes(connection: AsyncConnection, column: Column[str], wanted: Collection[str]) -> Codes:
    """Read which of the wanted codes are taken."""
    statement = select(column).where(column.in_(set(wanted)))
    return Codes(taken=(await connection.execute(statement)).scalars())
