from collections.abc import Iterator

import pytest

from tests.journeys.bad_input.client import Client
from tests.journeys.bad_input.district import District, build
from tests.journeys.linli import served


@pytest.fixture(scope="package")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    with served(tmp_path_factory.mktemp("district")) as server:
        client = Client(server.target)
        yield build(client)
        client.close()


@pytest.fixture(autouse=True)
def changes_nothing(district: District) -> Iterator[None]:
    before = district.heads()
    yield
    assert district.heads() == before
