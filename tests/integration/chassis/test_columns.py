"""Rows written column by column are those that the common form writes, on either database."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows, insert_columns, update_columns
from services.chassis.sql.database import Database
from services.chassis.sql.types import Id, Serial, UtcDateTime

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
metadata = MetaData()


def table_of_everything(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("name", Id, primary_key=True),
        Column("number", Serial, primary_key=True, autoincrement=False),
        Column("text", Text),
        Column("short", String(30)),
        Column("big", BigInteger),
        Column("small", Integer),
        Column("flag", Boolean),
        Column("bytes", LargeBinary),
        Column("moment", UtcDateTime),
    )


by_columns, by_rows = table_of_everything("by_columns"), table_of_everything("by_rows")
words = Table("words", metadata, Column("word", Id, primary_key=True), Column("meaning", Text))

VALUES = {
    "text": st.none() | TEXT,
    "short": st.none() | TEXT,
    "big": st.none() | INT64,
    "small": st.none() | st.integers(-(2**31), 2**31 - 1),
    "flag": st.none() | st.booleans(),
    "bytes": st.none() | st.binary(max_size=30),
    "moment": st.none() | MOMENTS,
}
KEYS = st.tuples(TEXT, INT64)
rows_of_everything = st.lists(
    st.fixed_dictionaries({"name": TEXT, "number": INT64, **VALUES}),
    max_size=6,
    unique_by=lambda row: (row["name"], row["number"]),
)
tries = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    database = Database(url=database_url, schema="public")
    async with database.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


async def read(connection: AsyncConnection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]


async def emptied(connection: AsyncConnection) -> None:
    for table in metadata.tables.values():
        await connection.execute(delete(table))


async def both(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Fill both tables: one column by column, one as SQLAlchemy does it."""
    await emptied(connection)
    await insert_columns(connection, by_columns, rows)
    if rows:
        await connection.execute(insert(by_rows), rows)


class TestInsertedRows:
    @tries
    @given(rows=rows_of_everything)
    async def test_are_those_of_the_common_form(self, database: Database, rows: list[dict[str, Any]]) -> None:
        async with database.write() as connection:
            await both(connection, rows)
            assert await read(connection, by_columns) == await read(connection, by_rows)
            assert len(await read(connection, by_columns)) == len(rows)

    async def test_need_a_moment_with_a_time_zone(self, database: Database) -> None:
        row = dict.fromkeys(VALUES) | {"name": "a", "number": 1, "moment": datetime(2025, 1, 1)}  # noqa: DTZ001
        with pytest.raises((StatementError, ValueError), match="time zone"):
            async with database.write() as connection:
                await insert_columns(connection, by_columns, [row])

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    async def test_are_refused_rather_than_cut(self, database: Database) -> None:
        row = dict.fromkeys(VALUES) | {"name": "a", "number": 1, "short": "y" * 31}
        with pytest.raises(DBAPIError, match="too long"):
            async with database.write() as connection:
                await insert_columns(connection, by_columns, [row])


class TestARowInWhosePlaceAnotherStands:
    async def fill(self, connection: AsyncConnection) -> None:
        await emptied(connection)
        await insert_columns(connection, words, [{"word": "a", "meaning": "old"}])

    NEW = ({"word": "a", "meaning": "new"}, {"word": "b", "meaning": "new"})

    async def test_is_an_error(self, database: Database) -> None:
        async with database.write() as connection:
            await self.fill(connection)
        with pytest.raises(IntegrityError):
            async with database.write() as connection:
                await insert_columns(connection, words, self.NEW)

    async def test_is_left_out(self, database: Database) -> None:
        async with database.write() as connection:
            await self.fill(connection)
            written = await insert_columns(
                connection, words, self.NEW, conflict="ignore", returning=words.c.word
            )
            assert written == ["b"]
            assert await read(connection, words) == [("a", "old"), ("b", "new")]

    async def test_takes_its_place(self, database: Database) -> None:
        async with database.write() as connection:
            await self.fill(connection)
            written = await insert_columns(
                connection, words, self.NEW, conflict="replace", returning=words.c.word
            )
            assert sorted(written) == ["a", "b"]
            assert await read(connection, words) == [("a", "new"), ("b", "new")]


class TestUpdatedRows:
    @tries
    @given(meanings=st.dictionaries(TEXT, st.none() | TEXT, max_size=5), known=st.lists(TEXT, max_size=5))
    async def test_are_those_of_the_common_form(
        self, database: Database, meanings: dict[str, str | None], known: list[str]
    ) -> None:
        before = [{"word": word, "meaning": "old"} for word in sorted({*known, *list(meanings)[::2]})]
        changes = [{"word": word, "meaning": meaning} for word, meaning in meanings.items()]
        common = update(words).where(words.c.word == bindparam("of")).values(meaning=bindparam("new"))
        async with database.write() as connection:
            await emptied(connection)
            await insert_columns(connection, words, before)
            await update_columns(connection, words.c.word, changes)
            found = await read(connection, words)
            await emptied(connection)
            await insert_columns(connection, words, before)
            for change in changes:
                await connection.execute(common, {"of": change["word"], "new": change["meaning"]})
            assert found == await read(connection, words)


class TestDeletedKeys:
    @tries
    @given(rows=rows_of_everything, unknown=st.sets(KEYS, max_size=3))
    async def test_are_gone_and_no_others(
        self, database: Database, rows: list[dict[str, Any]], unknown: set[tuple[str, int]]
    ) -> None:
        keys = {(row["name"], row["number"]) for row in rows}
        gone = {key for number, key in enumerate(sorted(keys)) if number % 2} | unknown
        async with database.write() as connection:
            await both(connection, rows)
            await delete_rows(connection, by_columns, gone)
            left = {(name, number) for name, number, *_ in await read(connection, by_columns)}
        assert left == keys - gone


class TestIsAmong:
    @tries
    @given(held=st.sets(TEXT, max_size=5), asked=st.sets(TEXT, max_size=5))
    async def test_finds_what_is_asked(self, database: Database, held: set[str], asked: set[str]) -> None:
        async with database.write() as connection:
            await emptied(connection)
            await insert_columns(
                connection, words, [{"word": word, "meaning": None} for word in sorted(held)]
            )
            found = await connection.execute(select(words.c.word).where(is_among(words.c.word, asked)))
            assert set(found.scalars()) == held & asked

    async def test_finds_it_by_the_index(self, database: Database) -> None:
        asked = select(words.c.word).where(is_among(words.c.word, ["a", "b"]))
        async with database.write() as connection:
            statements: list[tuple[str, Any]] = []

            def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
                statements.append((statement, parameters))

            event.listen(connection.sync_connection, "before_cursor_execute", note)
            await connection.execute(asked)
            event.remove(connection.sync_connection, "before_cursor_execute", note)
            ((statement, parameters),) = statements
            explain = "EXPLAIN QUERY PLAN"
            if not database.is_sqlite:
                # PostgreSQL would rather read the whole of a table that has no rows.
                await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
                explain = "EXPLAIN"
            plan = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
            told = " ".join(str(part) for row in plan for part in row)
        assert "SEARCH words" in told or "Index" in told, told
