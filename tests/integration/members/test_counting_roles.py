from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from services.members.domain.grid import Level
from services.members.domain.register import MemberType
from services.members.domain.role import RoleKind
from services.members.storage.organisation_tables import roles
from services.members.storage.roles import count_holders
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.grant_roles import grant_roles
from services.members.usecases.revoke_roles import revoke_roles
from tests.integration.members.register import JUNE, MARCH, Register, node, open_register
from tests.integration.members.test_roles import at_node, grant, revoke

DAY = timedelta(days=1)
GRID_WORKERS = (350, 278)
"""「网格员350人,其中党员278人,占比为79.4%」"""
LINKED_HOUSEHOLD_LEADERS = (489, 209)
"""「双联户长489人,其中党员209人,党员占比为42.7%」"""


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


class TestCounting:
    @pytest.mark.parametrize(
        ("kind", "figures", "basis_points"),
        [
            (RoleKind.GRID_WORKER, GRID_WORKERS, 7943),
            (RoleKind.LINKED_HOUSEHOLD_LEADER, LINKED_HOUSEHOLD_LEADERS, 4274),
        ],
    )
    async def test_gives_the_share_of_party_members_that_was_published(
        self, register: Register, kind: RoleKind, figures: tuple[int, int], basis_points: int
    ) -> None:
        holders, party_members = figures
        community_id = await register.community()
        areas = await register.written(
            create_nodes, *(node(f"a{n}", Level.AREA, community_id) for n in range(2))
        )
        ids = await register.members(*(f"p{n}" for n in range(party_members)), member_type=MemberType.RETIRED)
        ids += await register.members(*(f"r{n}" for n in range(holders - party_members)))
        commands = [grant(each, at_node(areas[n % 2]), kind) for n, each in enumerate(ids)]
        role_ids = await register.written(grant_roles, *commands)
        # The second area too; counted once for all that.
        await register.written(grant_roles, grant(ids[0], at_node(areas[1]), kind))

        async def count(node_id: str | None, at: datetime = JUNE) -> tuple[int, int, int]:
            async with register.database.read() as connection:
                found = await count_holders(connection, kind=kind, node_id=node_id, at=at)
            return found.holders, found.party_members, found.basis_points

        assert await count(community_id) == await count(None) == (holders, party_members, basis_points)
        # Every other one stands in the first area.
        assert (await count(areas[0]))[:2] == ((holders + 1) // 2, (party_members + 1) // 2)
        assert await count(community_id, MARCH - DAY) == (0, 0, 0)
        await register.written(revoke_roles, revoke(role_ids[-1]))
        async with register.database.write() as connection:
            withdrawn = update(roles).where(roles.c.role_id == role_ids[-2]).values(withdrawn=True)
            await connection.execute(withdrawn)
        assert (await count(community_id))[0] == holders - 2
