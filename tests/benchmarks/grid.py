"""M2: what is below a node of 10,000 nodes with 1,000,000 members, beside counting the enrolments."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from services.chassis.installation import install
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS, migrate
from services.members.bootstrap import DECLARATION
from services.members.domain.days import day_of, last_moment_of
from services.members.domain.grid import Level
from services.members.storage.enrolments import is_in_force
from services.members.storage.grid_counts import count_enrolled, count_nodes
from services.members.storage.grid_trees import subtree
from services.members.storage.tables import enrolments
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_least, at_most, ratios
from tests.benchmarks.rounds import interleaved

ROW: Final = "M2"
ZONE: Final = ZoneInfo("Asia/Shanghai")
MEMBERS: Final = 1_000_000
SIZES: Final = {
    Level.DISTRICT: 1,
    Level.STREET: 9,
    Level.COMMUNITY: 55,
    Level.AREA: 1_000,
    Level.BUILDING_GROUP: 8_935,
}
TOPS: Final = {"the district": "n1-0", "a street": "n2-3", "a community": "n3-7"}
COUNTED: Final = datetime(2025, 7, 1, tzinfo=ZONE)
"""Members were enrolled on each day of three years from 2023 on; half a year of them is not counted."""
ASKED: Final = 20
"""Times a measurement."""

NODES: Final = text(
    "INSERT INTO grid_nodes (node_id, code, name, level, parent_id, effective_from, revision)"
    " SELECT 'n' || level || '-' || n, 'n' || level || '-' || n, '社区', level,"
    " CASE WHEN above > 0 THEN 'n' || level - 1 || '-' || n % above END, '2020-01-01', 1"
    " FROM (SELECT CAST(:level AS integer) AS level, CAST(:above AS integer) AS above) AS stated,"
    " generate_series(0, CAST(:nodes AS integer) - 1) AS n"
)
PEOPLE: Final = text(
    "INSERT INTO members (member_id, code, member_type, registered_at, revision)"
    " SELECT 'm' || n, 'm' || n, 'RESIDENT', '2022-01-01', 1"
    " FROM generate_series(1, CAST(:members AS integer)) AS n"
)
ENROLLED: Final = text(
    "INSERT INTO enrolments (enrolment_id, member_id, community_id, enrolled_at, revision)"
    " SELECT 'e' || n, 'm' || n, 'n3-' || n % 55, timestamptz '2023-01-01' + n % 1095 * interval '1 day', 1"
    " FROM generate_series(1, CAST(:members AS integer)) AS n"
)
COUNTS: Final = text(
    "INSERT INTO enrolment_changes (community_id, day, change)"
    " SELECT community_id, (enrolled_at AT TIME ZONE 'Asia/Shanghai')::date, count(*)"
    " FROM enrolments GROUP BY 1, 2"
)


async def measure(bench: Bench) -> list[Figure]:
    members = bench.pace.of(MEMBERS)
    with bench.fresh_database() as url:
        async with _district(url, members=members, say=bench.pace.say) as database:
            measures: dict[str, Callable[[], Awaitable[float]]] = {
                what: partial(_seconds, database, _count, top) for what, top in TOPS.items()
            }
            measures["enrolments"] = partial(_seconds, database, _count_rows, TOPS["the district"], asked=1)
            taken = await interleaved(bench.pace, measures)
    counted = [
        Figure(
            row=ROW,
            what=f"CountSubtree of {what}, {members:,} members",
            values=tuple(seconds * 1_000 for seconds in taken[what]),
            unit="ms",
            bar=at_most(50),
        )
        for what in TOPS
    ]
    faster = ratios(taken["enrolments"], taken["the district"])
    return [
        *counted,
        Figure(row=ROW, what="counting its enrolments / CountSubtree", values=faster, bar=at_least(5)),
    ]


@asynccontextmanager
async def _district(url: str, *, members: int, say: Callable[[str], None]) -> AsyncGenerator[Database]:
    database = Database(url=url, schema="members", statement_seconds_max=None)
    try:
        await migrate(database, [CHASSIS, DECLARATION.migrations])
        await install(database, time_zone=str(ZONE))
        async with database.write() as connection:
            say("a grid of 10,000 nodes")
            above = 0
            for level, nodes in SIZES.items():
                await connection.execute(NODES, {"level": int(level), "above": above, "nodes": nodes})
                above = nodes
            say(f"{members:,} members")
            await connection.execute(PEOPLE, {"members": members})
            await connection.execute(ENROLLED, {"members": members})
            await connection.execute(COUNTS)
        async with database.glance() as connection:
            for table in ("grid_nodes", "members", "enrolments", "enrolment_changes"):
                await connection.execute(text(f"ANALYZE {table}"))
        yield database
    finally:
        await database.close()


async def _seconds(
    database: Database,
    count: Callable[[Database, str], Awaitable[int]],
    top: str,
    *,
    asked: int = ASKED,
) -> float:
    began = time.perf_counter()
    for _ in range(asked):
        assert await count(database, top) > 0
    return (time.perf_counter() - began) / asked


async def _count(database: Database, top: str) -> int:
    day = day_of(COUNTED, zone=ZONE)
    at = last_moment_of(day, zone=ZONE)
    async with database.read() as connection:
        await count_nodes(connection, top, at=at)
        return await count_enrolled(connection, top, at=at, day=day)


async def _count_rows(database: Database, top: str) -> int:
    communities = subtree(top, at=COUNTED, down_to=Level.COMMUNITY)
    statement = select(func.count()).where(
        enrolments.c.community_id.in_(select(communities.c.node_id)),
        is_in_force(COUNTED + timedelta(days=1)),
    )
    async with database.read() as connection:
        return int((await connection.execute(statement)).scalar_one())
