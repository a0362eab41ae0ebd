import asyncio
from collections.abc import AsyncGenerator

import pytest
from linli.members.v1.member_pb2 import ListMembersRequest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from services.chassis.pages import Page
from services.chassis.sql.database import Database, RunAgain
from services.chassis.sql.migrations import CHASSIS, migrate
from services.members.bootstrap import DECLARATION
from services.members.domain.personal import PersonalDetails
from services.members.storage import personal_details as personal
from services.members.storage.migrations.sort_names import write_sort_names
from services.members.storage.person_tables import personal_values
from services.members.storage.tables import members
from tests.integration.members.register import Register, open_register

WEI = PersonalDetails(name="王伟", phone="+8613800138000", external_ids={"hr": "1", "app": "1"})


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


async def write(
    register: Register, after: dict[str, PersonalDetails], before: dict[str, PersonalDetails] | None = None
) -> None:
    async with register.database.write() as connection:
        await personal.write_details(connection, before=before or {}, after=after)


class TestPersonalDetails:
    async def test_are_written_by_the_difference_and_read_again(self, register: Register) -> None:
        first, second = await register.members("m1", "m2")
        async with register.database.read() as connection:
            before = await personal.read_details(connection, [first, second])
        await write(register, {first: WEI}, before)
        changed = PersonalDetails(name="王维", sort_name="wang 2", external_ids={"hr": "2"})
        await write(register, {first: changed}, {first: WEI})
        async with register.database.read() as connection:
            after = await personal.read_details(connection, [first, second, "nobody"])
        assert after == {first: changed, second: before[second]}

    async def test_are_found_by_value(self, register: Register) -> None:
        first, second = await register.members("m1", "m2")
        await write(register, {first: WEI}, {first: PersonalDetails(name="Name of m1")})
        async with register.database.read() as connection:
            held = await personal.find_by_external_ids(connection, [("hr", "1"), ("hr", "2"), ("x", "1")])
            assert held == {("hr", "1"): first}
            phones = await personal.find_by_phones(connection, [WEI.phone, "+8613800138001"])
            assert phones == {WEI.phone: [first]}
            for prefix, expected in {
                "王": {first},
                "wang w": {first},
                "WANGWEI": {first},
                "wangx": set(),
                "Name": {second},
                "%": set(),
            }.items():
                found = await connection.execute(personal.with_name_prefix(prefix))
                assert {row.member_id for row in found} == expected, prefix

    async def test_are_listed_by_name_in_pages(self, register: Register) -> None:
        ids = [(await register.members(f"m{n}", name=name))[0] for n, name in enumerate("张王李王")]
        request, order = ListMembersRequest(page_size=2), []
        while True:
            page = Page.of(request, key=(str, str))
            async with register.database.read() as connection:
                found = await personal.list_by_name(connection, page, among=select(members.c.member_id))
            rows, request.page_token = page.cut(found, key=lambda row: row)
            order += [member_id for _, member_id in rows]
            if not request.page_token:
                break
        assert order == [ids[2], *sorted([ids[1], ids[3]]), ids[0]]

    async def test_are_forgotten_whole(self, register: Register) -> None:
        (first,) = await register.members("m1")
        async with register.database.write() as connection:
            await personal.delete_details(connection, [first])
        assert await register.count(personal_values) == 0

    async def test_are_written_again_when_an_external_id_was_taken_meanwhile(
        self, register: Register
    ) -> None:
        first, second = await register.members("m1", "m2")
        outcomes = await asyncio.gather(
            *(write(register, {each: WEI}, {each: PersonalDetails(name="x")}) for each in (first, second)),
            return_exceptions=True,
        )
        # On SQLite nobody else writes between a look and a write, so that only who has not looked comes here.
        taken = IntegrityError if register.database.is_sqlite else RunAgain
        assert {type(outcome) for outcome in outcomes} == {type(None), taken}


async def test_names_from_before_get_their_sort_names(database_url: str) -> None:
    database = Database(url=database_url, schema="members")
    await migrate(database, [CHASSIS, DECLARATION.migrations])
    async with database.write() as connection:
        await connection.execute(
            text(
                "INSERT INTO members (member_id, code, member_type, registered_at, revision)"
                " VALUES ('m1', 'm1', 'RESIDENT', CURRENT_TIMESTAMP, 1)"
            )
        )
        row = {"member_id": "m1", "field": "name", "value": "曾国藩", "identifies": False}
        await connection.execute(personal_values.insert(), [row])
        for _ in range(2):
            await connection.run_sync(write_sort_names)
        details = await personal.read_details(connection, ["m1"])
        await connection.execute(delete(personal_values))
    await database.close()
    assert details["m1"].sort_name == "zeng guo fan"
