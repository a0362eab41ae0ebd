"""A served process, asked as Prometheus does."""

import json
import socket
from pathlib import Path

import grpc
from linli.members.v1.organisation_pb2 import CreateWorkUnitRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.rpc.incoming import CALLER_KEY
from tests.integration.chassis.scraping import Scraped, scrape, value
from tests.journeys.linli import linli, served
from tests.servers.process import wait_until

CALLER = ((CALLER_KEY, "service:test"),)
CREATE = "linli.members.v1.OrganisationService/CreateWorkUnit"
FOLLOWED = {"service": "points", "log": "members"}
HEARD = {"listener": "points.receive", "topic": "members"}
SECONDS_MAX = 30


def metrics_port(folder: Path) -> int:
    """Read which port the system chose."""
    lines = [json.loads(each) for each in (folder / "serve.log").read_text().splitlines() if each[0] == "{"]
    (port,) = [int(line["port"]) for line in lines if line["event"] == "metrics.server.started"]
    return port


def has_settled(scraped: Scraped) -> bool:
    """Whether points has heard of both facts and everything that is read now and then was read after that."""
    reached = {
        "linli_consumer_applied_position": FOLLOWED,
        "linli_receiver_kept_facts_total": FOLLOWED,
        "linli_log_head_position": {"log": "members"},
    }
    heard = ("linli_doorbell_heard_total", frozenset(HEARD.items()))
    return heard in scraped and all(
        scraped.get((name, frozenset(labels.items()))) == 2 for name, labels in reached.items()
    )


def test_what_is_shown_agrees_with_the_calls_made(tmp_path: Path) -> None:
    extra = {"LINLI_METRICS_PORT": "0", "LINLI_LOG_FORMAT": "json"}
    with served(tmp_path, extra=extra) as server, grpc.insecure_channel(server.target) as channel:
        units = OrganisationServiceStub(channel)
        for code in ("U1", "U2", "U1"):
            request = CreateWorkUnitRequest(request_id=f"unit-{code}", code=code, name="区教育局")
            units.CreateWorkUnit(request, metadata=CALLER, timeout=10)
        port = metrics_port(tmp_path)
        assert wait_until(lambda: has_settled(scrape(port)), seconds_max=SECONDS_MAX)
        scraped = scrape(port)
        assert server.stop() == 0
    assert value(scraped, "linli_rpc_calls_total", method=CREATE, code="OK") == 3
    assert value(scraped, "linli_rpc_duration_seconds_count", method=CREATE) == 3
    assert value(scraped, "linli_door_batch_items_sum", service="members") == 3
    assert value(scraped, "linli_consumer_received_position", **FOLLOWED) == 2
    assert value(scraped, "linli_applier_parked_subjects", service="points") == 0
    assert value(scraped, "linli_doorbell_rings_total", **HEARD) >= 1
    assert value(scraped, "linli_database_up", service="members") == 1
    assert value(scraped, "process_resident_memory_bytes") > 0


def test_nothing_is_shown_unless_a_port_is_set(tmp_path: Path) -> None:
    with served(tmp_path, extra={"LINLI_LOG_FORMAT": "json"}) as server:
        assert "metrics.server.started" not in (tmp_path / "serve.log").read_text()
        assert server.stop() == 0


def test_a_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = linli("serve", "--data-dir", str(tmp_path), "--port", "0", "--metrics-port", port)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Cannot listen on 127.0.0.1:{port}")
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
