"""Cuts the page that a request asks for out of a list."""

from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from services.chassis.pages import Page


def cut_out(statement: Select[Any], page: Page, /, *key: ColumnElement[Any]) -> Select[Any]:
    """Read one page of a list, and one row more, by which `Page.cut` knows whether another page follows.

    Args:
        statement: The whole list, in no order.
        page: Says where it begins and how many rows it has.
        key: The columns that the list is in the order of; together unique, as `Page.of` was told them.
    """
    if page.after is not None:
        is_later = key[0] > page.after[0] if len(key) == 1 else tuple_(*key) > page.after
        statement = statement.where(is_later)
    return statement.order_by(*key).limit(page.size + 1)
