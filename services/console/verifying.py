"""Verifies a folder of SQLite files that no server serves, by the same checks as `linli verify`."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from linli.feed.v1.feed_pb2 import PullRequest, PullResponse

from services.chassis.facts.log import read_after
from services.chassis.facts.pulling import Pull
from services.chassis.facts.waiting import received_positions
from services.chassis.frame import Frame
from services.chassis.jobs.verify import bring_on, checks_of_facts
from services.chassis.requests import RequestSecret
from services.chassis.settings import Settings
from services.chassis.sql.database import Database
from services.console.assembly import assembled
from services.console.configuration import SERVICES
from services.console.steps import Steps
from services.console.verify import Verdict

INTACT = "the file is intact"
DAMAGES_MAX = 20
NO_REQUESTS = RequestSecret.of(b"nothing is written while a folder is verified")


async def verify_files(
    settings: Settings, folder: Path, *, time_zone: ZoneInfo, steps: Steps
) -> list[Verdict]:
    """Run the checks of every service over the files of a folder; nothing in it is changed.

    Raises:
        CannotStart: The files are not those of this version.
    """
    if damaged := [verdict for service in SERVICES if (verdict := _damage(service, folder))]:
        return damaged
    there = replace(
        settings,
        data_dir=folder,
        database_urls={},
        redis_url=None,
        metrics_port=None,
        time_zone=time_zone,
    )
    async with assembled(
        there, services=SERVICES, roles=frozenset(), secret=NO_REQUESTS, migrated_here=False
    ) as assembly:
        databases = {name: frame.database for name, frame in assembly.frames.items()}
        pull = _pull_from(databases)
        verdicts = []
        for service, frame in assembly.frames.items():
            rooms = assembly.rooms[service]
            checks = [*checks_of_facts(logs=rooms.consumer.logs, pull=pull), *rooms.checks]
            with steps.step(f"verify {service}", total=len(checks)) as advance:
                shown, progress = 0, await bring_on(database=frame.database, checks=checks, cursor=None)
                while progress.result is None:
                    advance(progress.done - shown)
                    shown = progress.done
                    progress = await bring_on(database=frame.database, checks=checks, cursor=progress.cursor)
            findings = [*progress.result["findings"], *await _cursors_ahead(frame, pull)]
            verdicts.append(Verdict(service=service, checks=progress.result["checks"], findings=findings))
    return verdicts


def _damage(service: str, folder: Path) -> Verdict | None:
    """Have SQLite look through a file; what it finds makes every other check pointless."""
    address = f"{(folder / f'{service}.sqlite').as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            rows = connection.execute(f"PRAGMA integrity_check({DAMAGES_MAX})").fetchall()
            found = [line for (told,) in rows for line in told.splitlines()]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found == ["ok"]:
        return None
    return Verdict(service=service, checks={INTACT: 1}, findings=[f"{INTACT}: {each}" for each in found])


def _pull_from(databases: Mapping[str, Database]) -> Pull:
    """Pull the logs from the files themselves."""

    async def pull(request: PullRequest) -> PullResponse:
        async with databases[request.log].read() as connection:
            page = await read_after(connection, request.after, facts_max=request.max_facts)
        return PullResponse(facts=page.facts, head=page.head)

    return pull


async def _cursors_ahead(frame: Frame, pull: Pull) -> list[str]:
    """Find logs that do not have what was kept of them: files that are not of one moment."""
    logs = frame.declaration.follows
    heads = await asyncio.gather(*(pull(PullRequest(log=log, max_facts=1)) for log in logs))
    async with frame.database.read() as connection:
        kept = await received_positions(connection)
    return [
        f"the log {log} ends at {pulled.head.position}, but was kept to {kept[log]}"
        for log, pulled in zip(logs, heads, strict=True)
        if kept.get(log, 0) > pulled.head.position
    ]
