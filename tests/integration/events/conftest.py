from collections.abc import AsyncGenerator

import pytest

from tests.integration.events.neighbourhood import Neighbourhood, open_neighbourhood


@pytest.fixture
async def neighbourhood(database_url: str) -> AsyncGenerator[Neighbourhood]:
    async with open_neighbourhood(database_url) as opened:
        yield opened
