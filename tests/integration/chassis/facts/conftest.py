from collections.abc import AsyncGenerator

import pytest

from services.chassis.sql.database import Database
from tests.integration.chassis.notes import open_database


@pytest.fixture
async def producer(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def home(database_url: str) -> AsyncGenerator[Database]:
    """The consumer's database: another file, or another schema."""
    async with open_database(database_url.replace("linli.db", "reader.db"), schema="reader") as database:
        yield database
