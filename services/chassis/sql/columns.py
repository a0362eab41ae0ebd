"""Many rows in one statement.

On PostgreSQL the columns of the rows travel as arrays and are unnested there: one round trip and one plan for
any number of rows. (measured: 3 to 10 times faster than one set of values after the other.) SQLite has no
round trips, so there the values follow each other. Both leave the same rows behind.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    String,
    Table,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    column,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from services.chassis.sql.types import UtcDateTime

Row = Mapping[str, Any]
Conflict = Literal["fail", "ignore", "replace"] | Callable[[Any], Any]
"""What becomes of a row in whose place another stands: an error; nothing; or it takes the place of the other,
which is the one with the same primary key. A function (of a module, for it is kept) adds an `ON CONFLICT` of
its own to the insert."""

_POSTGRESQL: Final = "postgresql"
_GIVEN: Final = "given"
_EVERY: Final = "every_"


async def insert_columns(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Row],
    *,
    conflict: Conflict = "fail",
    returning: Column[Any] | None = None,
) -> list[Any]:
    """Insert rows.

    Args:
        connection: Of a transaction that writes.
        table: Where they go.
        rows: All with the same columns; in an order that all writers keep, so that none locks another out. To
            `replace`, with different primary keys.
        conflict: What becomes of a row in whose place another stands.
        returning: A column to read of each row that was written.

    Returns:
        The values of that column, in no particular order; without one, nothing.
    """
    if not rows:
        return []
    names = tuple(rows[0])
    if connection.dialect.name == _POSTGRESQL:
        statement = _unnested_insert(table, names, conflict, returning)
        values: Any = _arrays(table, names, rows, connection.dialect)
    else:
        statement, values = _insert(table, conflict, returning), list(rows)
    result = await connection.execute(statement, values)
    return list(result.scalars()) if returning is not None else []


async def append_columns(connection: AsyncConnection, place: Column[int], rows: Sequence[Row]) -> int:
    """Insert rows behind the last one.

    Args:
        connection: Of a transaction that writes, and lets nobody else append meanwhile.
        place: What the table is in the order of: gapless whole numbers from 1.
        rows: At least one; with 1, 2, 3 ... as their places.

    Returns:
        The place of the last row.
    """
    names = tuple(rows[0])
    if connection.dialect.name == _POSTGRESQL:
        values = _arrays(place.table, names, rows, connection.dialect)
        appended = await connection.execute(_unnested_append(place, names), values)
        return int(appended.scalar_one()) + len(rows)
    head: int = (await connection.execute(select(func.coalesce(func.max(place), 0)))).scalar_one()
    await insert_columns(
        connection, place.table, [{**row, place.name: head + row[place.name]} for row in rows]
    )
    return head + len(rows)


async def update_columns(connection: AsyncConnection, key: Column[Any], rows: Sequence[Row]) -> None:
    """Update rows by primary key; each names another one, and the columns to store."""
    if not rows:
        return
    names = tuple(rows[0])
    changed = tuple(name for name in names if name != key.name)
    if connection.dialect.name == _POSTGRESQL:
        values: Any = _arrays(key.table, names, rows, connection.dialect)
        await connection.execute(_unnested_update(key, names, changed), values)
        return
    statement = (
        update(key.table)
        .where(key == bindparam(f"of_{key.name}"))
        .values({name: bindparam(f"new_{name}") for name in changed})
    )
    values = [
        {f"of_{key.name}": row[key.name], **{f"new_{name}": row[name] for name in changed}} for row in rows
    ]
    await connection.execute(statement, values)


async def delete_rows(connection: AsyncConnection, table: Table, keys: Collection[tuple[Any, ...]]) -> None:
    """Delete rows by primary key; a key that is not there is as good as deleted."""
    if not keys:
        return
    names = tuple(part.name for part in table.primary_key)
    rows = [dict(zip(names, key, strict=True)) for key in sorted(keys)]
    if connection.dialect.name == _POSTGRESQL:
        await connection.execute(
            _unnested_delete(table, names), _arrays(table, names, rows, connection.dialect)
        )
        return
    is_gone = and_(*(table.c[name] == bindparam(f"of_{name}") for name in names))
    await connection.execute(
        delete(table).where(is_gone), [{f"of_{name}": row[name] for name in names} for row in rows]
    )


@lru_cache(maxsize=256)
def _unnested_insert(
    table: Table, names: tuple[str, ...], conflict: Conflict, returning: Column[Any] | None
) -> Any:
    given = _given(table, names)
    statement = postgresql.insert(table).from_select(list(names), select(*given.c))
    return _finished(statement, table, names, conflict, returning)


def _insert(table: Table, conflict: Conflict, returning: Column[Any] | None) -> Any:
    return _finished(sqlite.insert(table), table, tuple(table.c.keys()), conflict, returning)


def _finished(
    statement: Any, table: Table, names: Sequence[str], conflict: Conflict, returning: Column[Any] | None
) -> Any:
    key = [part.name for part in table.primary_key]
    if callable(conflict):
        statement = conflict(statement)
    elif conflict == "ignore":
        statement = statement.on_conflict_do_nothing()
    elif conflict == "replace":
        replaced = {name: statement.excluded[name] for name in names if name not in key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=replaced)
    return statement if returning is None else statement.returning(returning)


@lru_cache(maxsize=256)
def _unnested_append(place: Column[int], names: tuple[str, ...]) -> Any:
    table = place.table
    head = select(func.coalesce(func.max(place), 0).label("position")).cte("head")
    given = _given(table, names)
    moved = [head.c.position + each if each.name == place.name else each for each in given.c]
    appended = (
        postgresql.insert(table)
        .from_select(list(names), select(*moved).select_from(given.join(head, true())))
        .cte("appended")
    )
    return select(head.c.position).add_cte(appended)


@lru_cache(maxsize=256)
def _unnested_update(key: Column[Any], names: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    given = _given(key.table, names)
    return update(key.table).where(key == given.c[key.name]).values({name: given.c[name] for name in changed})


@lru_cache(maxsize=256)
def _unnested_delete(table: Table, names: tuple[str, ...]) -> Any:
    given = _given(table, names)
    return delete(table).where(and_(*(table.c[name] == given.c[name] for name in names)))


def _given(table: Table, names: Sequence[str]) -> TableValuedAlias:
    """Read rows out of parameters: one array per column, each named as its column."""
    types = {name: _plain(table.c[name].type) for name in names}
    arrays = [bindparam(_EVERY + name, type_=ARRAY(type_)) for name, type_ in types.items()]
    columns = [column(name, type_) for name, type_ in types.items()]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name=_GIVEN)


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Give the type of an array's elements.

    Without a length, because a cast cuts what is too long where the column refuses it. Values of
    `UtcDateTime` are made ready beforehand, as it costs less than in the array.
    """
    if isinstance(type_, UtcDateTime):
        return DateTime(timezone=True)
    if isinstance(type_, String):
        return Text()
    return BigInteger() if isinstance(type_, Integer) else type_


def _arrays(
    table: Table, names: Sequence[str], rows: Sequence[Row], dialect: Dialect
) -> dict[str, list[Any]]:
    return {
        _EVERY + name: _values(table.c[name].type, [row[name] for row in rows], dialect) for name in names
    }


def _values(type_: TypeEngine[Any], values: list[Any], dialect: Dialect) -> list[Any]:
    if not isinstance(type_, UtcDateTime):
        return values
    ready: Callable[[Any, Dialect], Any] = type_.process_bind_param
    return [ready(value, dialect) for value in values]
