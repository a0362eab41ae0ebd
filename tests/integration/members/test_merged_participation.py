from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.facts.dirty import read_dirty
from services.chassis.ids import new_id
from services.chassis.work import Written
from services.members.consumers import checks
from services.members.storage.participations import read_participations
from tests.integration.members.persons import (
    communities,
    enrolled,
    findings,
    merge,
    merge_members,
    merging,
    part,
    picture,
    role,
    skills,
)
from tests.integration.members.register import (
    MARCH,
    Events,
    Register,
    hours,
    open_events,
    open_register,
)

DAY = timedelta(days=1)
STEPS_MAX = 14


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


async def took_part(register: Register, member_id: str) -> set[str]:
    async with register.database.read() as connection:
        return {each.record_id for each in await read_participations(connection, [member_id])}


async def follow(events: Events) -> None:
    await events.receive()
    await events.apply()


class TestOfAMergedMember:
    async def test_is_the_survivors_whenever_it_was_recorded(
        self, register: Register, events: Events
    ) -> None:
        ann, anna = await register.members("ann", "anna")
        await events.state(hours("h1", ann), hours("h2", anna))
        await follow(events)
        merge_id = await merge(register, ann, anna)
        await events.apply()
        assert await took_part(register, ann) == {"h1", "h2"}
        assert await took_part(register, anna) == set()
        # Recorded under the old id before anybody there had heard of the merge.
        await events.state(hours("h3", anna), hours("h4", ann))
        await events.state(hours("h2", anna, revoked=True), revision=2)
        await follow(events)
        assert await took_part(register, ann) == {"h1", "h3", "h4"}
        assert await findings(register) == []
        await part(register, merge_id)
        await events.apply()
        assert await took_part(register, ann) == {"h1", "h4"}
        assert await took_part(register, anna) == {"h3"}
        assert await findings(register) == []

    async def test_follows_who_was_merged_before(self, register: Register, events: Events) -> None:
        ann, anna, anne = await register.members("ann", "anna", "anne")
        first, second = await merge(register, anna, anne), await merge(register, ann, anna)
        await events.state(hours("h1", anne), hours("h2", anna))
        await follow(events)
        assert await took_part(register, ann) == {"h1", "h2"}
        await part(register, second)
        await events.apply()
        assert await took_part(register, anna) == {"h1", "h2"}
        await part(register, first)
        await events.apply()
        assert [await took_part(register, each) for each in (ann, anna, anne)] == [set(), {"h2"}, {"h1"}]

    async def test_passes_its_mark_on_to_the_survivor(self, register: Register, events: Events) -> None:
        ann, anna = await register.members("ann", "anna")
        await merge(register, ann, anna)
        await events.apply()
        await events.state(hours("h1", anna))
        await events.receive()
        both = {f"member:{ann}", f"member:{anna}"}
        async with register.database.read() as connection:
            assert await read_dirty(connection, both) == {f"member:{anna}"}
        # What will follow from it is no breach, though nobody has computed it.
        assert await findings(register) == []
        await events.apply()
        assert await took_part(register, ann) == {"h1"}

    async def test_is_compared_whatever_the_chunks(
        self, register: Register, events: Events, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checks, "MEMBERS_PER_CHUNK", 2)
        ids = await register.members(*(f"m{n}" for n in range(9)))
        await events.state(*(hours(f"h-{each}", each) for each in ids[1:8]))
        await follow(events)
        for survivor, duplicate in ((0, 3), (8, 2), (4, 5), (6, 1)):
            await merge(register, ids[survivor], ids[duplicate])
        await events.apply()
        assert await findings(register) == []
        assert await took_part(register, ids[0]) == {f"h-{ids[3]}"}


@dataclass(slots=True, kw_only=True)
class District:
    """Four people of a register, with what an example gives them and does with them."""

    register: Register
    events: Events
    data: st.DataObject
    people: list[str]
    in_force: list[str] = field(default_factory=list)

    async def furnish(self, places: list[str]) -> None:
        for member_id in self.people:
            if self.data.draw(st.booleans(), label="enrolled"):
                place = self.data.draw(st.sampled_from(places))
                at = MARCH + self.data.draw(st.integers(0, 40)) * DAY
                await enrolled(self.register, member_id, place, at=at)
            if self.data.draw(st.booleans(), label="has a role"):
                await role(self.register, member_id, places[0])
            if words := self.data.draw(st.sets(st.sampled_from(["cooking", "driving", "first-aid"]))):
                await skills(self.register, member_id, *words)

    async def step(self) -> None:
        what = self.data.draw(st.sampled_from(["merge", "part", "hours", "compute"]))
        if what == "merge":
            survivor, duplicate = (self.data.draw(st.sampled_from(self.people)) for _ in range(2))
            (outcome,) = await self.register.run(merge_members, merging(survivor, duplicate))
            self.in_force += [outcome.id] if isinstance(outcome, Written) else []
        elif what == "part" and self.in_force:
            merge_id = self.data.draw(st.sampled_from(self.in_force))
            self.in_force.remove(merge_id)
            await part(self.register, merge_id)
        elif what == "hours":
            await self.events.state(hours(new_id(), self.data.draw(st.sampled_from(self.people))))
            await self.events.receive()
        else:
            await self.events.apply()


@pytest.fixture
async def places(register: Register) -> list[str]:
    return await communities(register, 3)


@pytest.mark.slow
class TestAnyOrder:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_of_merges_and_hours_gives_what_computing_anew_gives(
        self, register: Register, events: Events, places: list[str], data: st.DataObject
    ) -> None:
        """And when all merges are taken back, in any order, everything is whose it was."""
        people = await register.members(*(new_id() for _ in range(4)))
        district = District(register=register, events=events, data=data, people=people)
        await district.furnish(places)
        before = await picture(register)
        for _ in range(data.draw(st.integers(1, STEPS_MAX))):
            await district.step()
        await events.apply()
        assert await findings(register) == []
        for merge_id in data.draw(st.permutations(district.in_force)):
            await part(register, merge_id)
        await events.apply()
        after = await picture(register)
        assert {**after, "participations": []} == {**before, "participations": []}
        assert await findings(register) == []
