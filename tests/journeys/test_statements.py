"""`linli members statements` against a real server: a quarter is told, sent, answered and corrected."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from linli.events.v1 import activity_pb2
from linli.members.v1 import enrolment_pb2, member_pb2, organisation_pb2

from tests.journeys.bad_input.client import Client
from tests.journeys.bad_input.district import ACTIVITIES, ENROLMENTS, SERVICES, District, build
from tests.journeys.linli import as_json, linli, served

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A served folder with a district in which two in-service members are enrolled."""
    with served(tmp_path) as server:
        client = Client(dict.fromkeys(SERVICES, server.target))
        try:
            _fill(client, build(client))
            yield tmp_path
        finally:
            client.close()
            server.stop()


def _fill(client: Client, district: District) -> None:
    raise NotImplementedError


def statements(folder: Path, *arguments: str) -> Any:
    return linli("members", "statements", *arguments, "--data-dir", str(folder))


class TestStatements:
    def test_go_from_the_community_to_the_work_unit_and_back(self, folder: Path) -> None:
        made = as_json(statements(folder, "generate", "2025-Q1", "--json"))
        assert (made["generated"], made["existing"]) == (2, 0)
