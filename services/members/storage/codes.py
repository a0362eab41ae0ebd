"""Codes as any of the tables has them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.members.domain.codes import Codes


async def read_codes(connection: AsyncConnection, column: Column[str], wanted: Collection[str]) -> Codes:
    """Read which of the wanted codes are taken."""
    statement = select(column).where(column.in_(set(wanted)))
    return Codes(taken=(await connection.execute(statement)).scalars())


def in_order_of_codes(statement: Select[Any], code: Column[str], page: Page) -> Select[Any]:
    """Cut a page, and one row more, out of a list in the order of its codes."""
    if page.after is not None:
        statement = statement.where(code > page.after[0])
    return statement.order_by(code).limit(page.size + 1)
