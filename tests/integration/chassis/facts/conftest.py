from collections.abc import AsyncGenerator

import pytest

from services.chassis.facts.pulling import Pull
from services.chassis.sql.database import Database
from tests.integration.chassis.facts.rejoining import another
from tests.integration.chassis.notes import FACTS_A_PULL, open_database
from tests.integration.databases import pull_from


@pytest.fixture
async def producer(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def home(database_url: str) -> AsyncGenerator[Database]:
    """The consumer's database: another file, or another schema."""
    async with open_database(database_url.replace("linli.db", "reader.db"), schema="reader") as database:
        yield database


@pytest.fixture
async def pull(producer: Database) -> Pull:
    return pull_from(producer, facts_max=FACTS_A_PULL)


@pytest.fixture
async def newcomer(database_url: str) -> AsyncGenerator[Database]:
    """A consumer that has followed nothing yet."""
    async with another(database_url, schema="newcomer") as database:
        yield database
