"""One service's database: the same code on PostgreSQL and on SQLite."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar, cast

import stamina
from sqlalchemy import URL, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.chassis.faults import DatabaseUnavailable
from services.chassis.metrics.bound import DatabaseMetrics

Dialect = Literal["sqlite", "postgresql"]
T = TypeVar("T")

ATTEMPTS_MAX = 6
CONNECTIONS_MAX = 10
CONNECT_SECONDS_MAX = 5
STATEMENT_SECONDS_MAX = 60
IDLE_IN_TRANSACTION_MS = 15_000
"""PostgreSQL ends a session that holds its rows for this long without a statement: its process is frozen.

Computing a batch takes about a second between two statements, several times that on a crowded machine.
"""

CLASSES_OUT_OF_REACH = ("08", "40", "53", "57P")
"""SQLSTATEs of a lost connection, of others who stay in the way, of too few resources, and of a server that
stops or starts.

The driver's errors with these states are no `OperationalError`, unlike those of other drivers.
"""

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
)
WRITES = "linli_writes"
_CLOCK: Final = select(func.clock_timestamp())
SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """Hands out connections; every transaction rolls back unless it reaches its end.

    On SQLite there is one writer at a time: a transaction that writes begins `IMMEDIATE`, and those of
    this process queue for it here instead of at the file.
    """

    def __init__(
        self, *, url: str, schema: str, statement_seconds_max: float | None = STATEMENT_SECONDS_MAX
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            url: `sqlite:///path` or `postgresql://user@host/name`.
            schema: The schema on PostgreSQL that holds the service's tables; SQLite has a file per service.
            statement_seconds_max: How long PostgreSQL may take for one; None: as long as it does.
        """
        parsed = make_url(url)
        self.schema = schema
        self.dialect: Dialect = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql"
        self.url = parsed.set(drivername="sqlite+aiosqlite" if self.is_sqlite else "postgresql+asyncpg")
        self.engine = (
            _sqlite(self.url) if self.is_sqlite else _postgresql(self.url, schema, statement_seconds_max)
        )
        self._writer = asyncio.Lock()
        self._metrics = DatabaseMetrics(service=schema)

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that only reads, over one consistent state.

        Raises:
            DatabaseUnavailable: It cannot be reached, or no connection came free in time.
        """
        with self._reached():
            async with self._metrics.connected(self.engine) as plain:
                connection = plain if self.is_sqlite else await plain.execution_options(**SNAPSHOT)
                async with connection.begin():
                    yield connection
            self._metrics.reads.inc()

    @asynccontextmanager
    async def glance(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection for one statement that reads: it sees one state without a transaction around it.

        Raises:
            DatabaseUnavailable: It cannot be reached, or no connection came free in time.
        """
        if self.is_sqlite:
            # Its driver would keep rules of its own for transactions on this connection afterwards.
            async with self.read() as connection:
                yield connection
            return
        with self._reached():
            async with self._metrics.connected(self.engine) as plain:
                yield await plain.execution_options(isolation_level="AUTOCOMMIT")
            self._metrics.reads.inc()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that writes; commits at its end, rolls back on any exception."""
        if not self.is_sqlite:
            async with self._metrics.connected(self.engine) as connection, connection.begin():
                yield connection
        else:
            async with self._writer, self._metrics.connected(self.engine) as plain:
                connection = await plain.execution_options(**{WRITES: True})
                async with connection.begin():
                    yield connection
        self._metrics.writes.inc()

    async def transact(self, body: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run a whole transaction; again, with jitter, when the database asks for that.

        Raises:
            DatabaseUnavailable: It stayed busy or could not be reached.
        """
        with self._reached():
            async for attempt in stamina.retry_context(
                on=should_run_again, attempts=ATTEMPTS_MAX, wait_initial=0.01, wait_max=1.0, wait_jitter=0.05
            ):
                self._metrics.retries.inc(attempt.num > 1)
                with attempt:
                    async with self.write() as connection:
                        return await body(connection)
        raise AssertionError  # the retry context returns or raises

    @contextmanager
    def _reached(self) -> Generator[None]:
        try:
            yield
        except (OSError, DBAPIError, PoolTimeout, RunAgain) as error:
            if not is_out_of_reach(error):
                raise
            self._metrics.unavailable.inc()
            raise DatabaseUnavailable(database=self.dialect, error=type(error).__name__) from error

    async def now(self, connection: AsyncConnection) -> datetime:
        """Tell the time by the clock of the database; the embedded one has the clock of this process."""
        if self.is_sqlite:
            return datetime.now(UTC)
        moment: datetime = (await connection.execute(_CLOCK)).scalar_one()
        return moment.astimezone(UTC)

    async def version(self) -> str:
        """Name kind and version, without credentials."""
        async with self.read() as connection:
            if self.is_sqlite:
                return f"SQLite {(await connection.exec_driver_sql('select sqlite_version()')).scalar_one()}"
            return f"PostgreSQL {(await connection.exec_driver_sql('show server_version')).scalar_one()}"

    async def close(self) -> None:
        await self.engine.dispose()


class RunAgain(Exception):  # noqa: N818 - not an error: somebody else was faster
    """Another transaction changed what this one rests on; the whole transaction runs again."""


def should_run_again(error: Exception) -> bool:
    """Say whether a transaction that failed like this is worth another try."""
    if isinstance(error, RunAgain):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in {"40001", "40P01"} or "database is locked" in str(error.orig)


def is_out_of_reach(error: Exception) -> bool:
    """Say whether an error means that the database cannot be asked now, rather than that it refuses."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | PoolTimeout | RunAgain)
    if error.connection_invalidated or isinstance(error, OperationalError):
        return True
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(CLASSES_OUT_OF_REACH)


def _postgresql(url: URL, schema: str, statement_seconds_max: float | None) -> AsyncEngine:
    settings = {
        "search_path": schema,
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "application_name": f"linli-{schema}",
        # A plan that is kept was made for the tables as they were: for those of a new installation, which are
        # empty, one that reads all of them, until the database looks at them again.
        "plan_cache_mode": "force_custom_plan",
    }
    engine = create_async_engine(
        url,
        pool_size=CONNECTIONS_MAX,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS_MAX,
        connect_args={
            "server_settings": settings,
            "timeout": CONNECT_SECONDS_MAX,
            "command_timeout": statement_seconds_max,
        },
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def must_be_open(connection: Any, _record: object, _proxy: object) -> None:
        # The driver hears of a server that is gone; asking the server each time would cost three round trips.
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError

    return engine


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=CONNECTIONS_MAX, max_overflow=0)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Left to itself the driver begins transactions late and by its own rules.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        options = cast("dict[str, Any]", connection.get_execution_options())
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")

    return engine
