"""Participation after `events` was restored to an earlier state."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from services.chassis.facts.rejoin import Rejoin
from services.chassis.faults import LogDiverged
from services.members.consumers.checks import checks_of_participations
from services.members.consumers.participation import CONSUMER
from services.members.storage.participations import read_participations
from tests.integration.databases import findings, pull_from
from tests.integration.members.register import Events, Register, hours, open_events, open_register
from tests.integration.restoring import back_up

PEOPLE = ("ann", "bo", "cai")


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


async def records(register: Register) -> set[tuple[str, str]]:
    async with register.database.read() as connection:
        return {(each.member_id, each.record_id) for each in await read_participations(connection, PEOPLE)}


async def test_whoever_took_part_only_by_lost_facts_did_not(register: Register, events: Events) -> None:
    await events.state(hours("h1", "ann"), hours("h2", "bo"))
    restore = await back_up(events.database)
    await events.state(hours("h3", "cai"))
    await events.state(hours("h2", "bo", revoked=True), revision=2)
    await events.receive()
    await events.apply()
    assert await records(register) == {("ann", "h1"), ("cai", "h3")}
    await restore()
    await events.state(hours("h4", "ann"))
    with pytest.raises(LogDiverged):
        await events.receive()
    pull = pull_from(events.database)
    await Rejoin(consumer=CONSUMER, database=register.database, pull=pull).run("events")
    await events.receive()
    await events.apply()
    assert await records(register) == {("ann", "h1"), ("ann", "h4"), ("bo", "h2")}
    assert await findings(register.database, *checks_of_participations()) == []
