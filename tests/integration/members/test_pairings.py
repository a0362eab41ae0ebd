import asyncio
from collections.abc import AsyncGenerator

import pytest
from linli.members.v1.facts_pb2 import PairingFact
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from services.chassis.faults import Fault
from services.members.domain.pairing import PairingKind, Target
from services.members.storage.organisation_tables import pairing_targets, pairings
from services.members.usecases.create_pairings import create_pairings
from services.members.usecases.set_pairing_targets import SetPairingTarget, set_pairing_targets
from tests.integration.databases import reasons as outcomes_of
from tests.integration.members import organisations as make
from tests.integration.members.register import MARCH, Register, open_register

AT_ONCE = 64


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def target(year: int, deeds_min: int, deeds_max: int = 0) -> Target:
    return Target(year=year, deeds_min=deeds_min, deeds_max=deeds_max)


class TestPairings:
    async def test_begin_end_and_begin_again(self, register: Register) -> None:
        (unit_id,) = await make.units(register, "w1")
        community_id = await register.community()
        paired = make.pairing(unit_id, community_id, targets=(target(2025, 2, 4),))
        (pairing_id,) = await register.written(create_pairings, paired)
        assert outcomes_of(await register.run(create_pairings, paired)) == ["PAIRING_EXISTS"]
        outcomes = await register.run(
            make.end_all,
            make.ending(pairing_id, reason=""),
            make.ending(pairing_id, occurred_at=MARCH),
            make.ending(pairing_id),
            make.ending(pairing_id),
            make.ending("nothing"),
        )
        assert outcomes_of(outcomes) == [
            "REASON_REQUIRED",
            "ENDS_BEFORE_START",
            "WRITTEN",
            "PAIRING_ENDED",
            "PAIRING_UNKNOWN",
        ]
        await register.written(create_pairings, make.pairing(unit_id, community_id, occurred_at=None))
        stated = [fact for fact in await register.facts() if fact.record_id == pairing_id]
        bodies = [PairingFact.FromString(fact.body.value) for fact in stated]
        assert [fact.revision for fact in stated] == [1, 2]
        assert [each.HasField("ended_at") for each in bodies] == [False, True]
        assert bodies[0].targets[0].deeds_max == 4
        assert [(each.kind, each.id) for each in stated[0].subjects] == [
            ("work_unit", unit_id),
            ("grid_node", community_id),
        ]
        assert await make.breaches(register) == []

    async def test_have_one_target_a_year(self, register: Register) -> None:
        (unit_id,) = await make.units(register, "w1")
        (pairing_id,) = await register.written(
            create_pairings, make.pairing(unit_id, await register.community())
        )
        outcomes = await register.run(
            set_pairing_targets,
            SetPairingTarget(pairing_id=pairing_id, target=target(2026, 3)),
            SetPairingTarget(pairing_id=pairing_id, target=target(2025, 1, 2)),
            SetPairingTarget(pairing_id=pairing_id, target=target(2025, 1, 2)),
            SetPairingTarget(pairing_id="nothing", target=target(2025, 1)),
            SetPairingTarget(pairing_id=pairing_id, target=target(2026, 0)),
        )
        assert outcomes_of(outcomes) == ["WRITTEN", "WRITTEN", "WRITTEN", "PAIRING_UNKNOWN", "WRITTEN"]
        stated = [each.facts != () for each in outcomes if not isinstance(each, Fault)]
        assert stated == [True, True, False, True]
        assert await register.count(pairing_targets) == 1
        assert await make.breaches(register) == []

    async def test_of_a_kind_are_one_when_64_begin_at_once(self, register: Register) -> None:
        (unit_id,) = await make.units(register, "w1")
        same = make.pairing(unit_id, await register.community())
        outcomes = await asyncio.gather(*(register.run(create_pairings, same) for _ in range(AT_ONCE)))
        reasons = sorted(reason for each in outcomes for reason in outcomes_of(each))
        assert reasons == [*["PAIRING_EXISTS"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(pairings) == 1

    async def test_of_a_kind_are_one_by_the_database_itself(self, register: Register) -> None:
        (unit_id,) = await make.units(register, "w1")
        community_id = await register.community()
        await register.written(create_pairings, make.pairing(unit_id, community_id))
        row = {
            "pairing_id": "x",
            "work_unit_id": unit_id,
            "community_id": community_id,
            "kind": PairingKind.JOINT_BUILDING,
            "began_at": MARCH,
            "revision": 1,
        }
        with pytest.raises(IntegrityError):
            async with register.database.write() as connection:
                await connection.execute(insert(pairings), [row])
