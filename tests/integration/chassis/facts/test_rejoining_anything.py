"""Whatever was lost in whatever restores: the last common fact is found, and all after it undone."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.chassis.facts.pulling import Pull
from services.chassis.faults import NotDiverged
from services.chassis.sql.database import Database
from tests.integration.chassis.facts.following import applier, receiver
from tests.integration.chassis.facts.rejoining import (
    CONSUMED,
    PRODUCED,
    follow,
    kept,
    new,
    rejoin_of,
    verified,
)
from tests.integration.chassis.notes import WriteNote, state
from tests.integration.restoring import back_up


@pytest.mark.slow
class TestTheCommonPosition:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_is_found_and_all_after_it_undone_whatever_was_lost(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull, data: st.DataObject
    ) -> None:
        for database, tables in ((producer, PRODUCED), (home, CONSUMED), (newcomer, CONSUMED)):
            async with database.write() as connection:
                for table in tables:
                    await connection.execute(delete(table))
        revisions = dict[str, int]()
        number = 0

        def drawn(most: int) -> list[WriteNote]:
            nonlocal number
            written = []
            for name in data.draw(st.lists(st.sampled_from("abcdefgh"), max_size=most)):
                number += 1
                revisions[name] = revisions.get(name, 0) + 1
                written.append(new(f"{name} {number}", name, revisions[name]))
            return written

        async def tell(written: list[WriteNote]) -> None:
            if written:
                await state(producer, written)

        await tell(drawn(12))
        for _ in range(data.draw(st.integers(1, 2), label="restores")):
            restore, revisions_then = await back_up(producer), dict(revisions)
            await tell(drawn(8))
            await receiver(home, pull).drain()
            if data.draw(st.booleans(), label="computed"):
                await applier(home).apply_some()
            await restore()
            revisions.clear()
            revisions.update(revisions_then)
            await tell(drawn(8))
            with suppress(NotDiverged):  # it had nothing that was lost
                await rejoin_of(home, pull).run("notes")
            await receiver(home, pull).drain()
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)
        assert await verified(home, pull) == []
