from collections.abc import Iterator, Mapping

import pytest

from tests.journeys.bad_input.client import Client
from tests.journeys.bad_input.district import SERVICES, District, build
from tests.journeys.linli import served
from tests.journeys.processes import processes
from tests.servers.postgres import PostgresServer, fresh_database
from tests.servers.valkey import ValkeyServer


@pytest.fixture(
    scope="package",
    params=["in one process", pytest.param("in processes of their own", marks=pytest.mark.slow)],
)
def targets(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """Where each service is, however they run."""
    folder = tmp_path_factory.mktemp("district")
    if request.param == "in one process":
        with served(folder) as server:
            yield dict.fromkeys(SERVICES, server.target)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    valkey: ValkeyServer = request.getfixturevalue("valkey_server")
    with (
        fresh_database(server_url=postgres.url) as url,
        processes(folder, database_url=url, redis_url=valkey.url) as district,
    ):
        yield {service: district.settings[f"LINLI_{service.upper()}_TARGET"] for service in SERVICES}


@pytest.fixture(scope="package")
def district(targets: Mapping[str, str]) -> Iterator[District]:
    client = Client(targets)
    yield build(client)
    client.close()


@pytest.fixture(autouse=True)
def changes_nothing(district: District) -> Iterator[None]:
    before = district.heads()
    yield
    assert district.heads() == before
