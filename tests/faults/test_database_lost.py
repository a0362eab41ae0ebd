"""PostgreSQL dies under a running Linli and comes back: nobody has to start Linli again."""

import time
from pathlib import Path

import grpc
import pytest
from linli.members.v1.organisation_pb2 import (
    CreateWorkUnitRequest,
    ListWorkUnitsRequest,
)
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.rpc.incoming import CALLER_KEY
from tests.journeys.linli import served
from tests.servers.postgres import PostgresServer

SERVICES = ("MEMBERS", "EVENTS", "POINTS")
CALLER = ((CALLER_KEY, "service:test"),)
POLLS_SECONDS = 5.0
"""Longer than any poll period, so that everything that runs beside the server notices."""


@pytest.mark.parametrize("way", ["killed", "stopped"])
def test_linli_outlives_its_database(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, way: str
) -> None:
    extra = {f"LINLI_{service}_DATABASE_URL": postgres_url for service in SERVICES}
    with served(tmp_path, extra=extra) as server, grpc.insecure_channel(server.target) as channel:
        units = OrganisationServiceStub(channel)
        before = CreateWorkUnitRequest(request_id="before", code="U1", name="区教育局")
        units.CreateWorkUnit(before, metadata=CALLER, timeout=10)

        postgres_server.kill() if way == "killed" else postgres_server.stop()
        time.sleep(POLLS_SECONDS)
        with pytest.raises(grpc.RpcError) as gone:
            units.ListWorkUnits(ListWorkUnitsRequest(), metadata=CALLER, timeout=10)
        postgres_server.start()

        assert server.process.poll() is None, (tmp_path / "serve.log").read_text()[-2000:]
        assert gone.value.code() is grpc.StatusCode.UNAVAILABLE
        after = CreateWorkUnitRequest(request_id="after", code="U2", name="区卫健委")
        written = units.CreateWorkUnit(after, metadata=CALLER, timeout=10, wait_for_ready=True)
        assert written.written.id
        assert server.stop() == 0
