"""U1: a district enrols its members between 1 March and 30 June; some of it goes wrong, and is put right."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import grpc
import pytest
from linli.members.v1.enrolment_pb2 import (
    PARTICIPATION_GROUPING_WORK_UNIT,
    BatchEnrolRequest,
    BatchTransferEnrolmentsRequest,
    EnrolRequest,
    GetEnrolmentShareRequest,
    ListEnrolmentsRequest,
    ListParticipationRequest,
    TransferEnrolmentRequest,
)
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2 import CountSubtreeRequest, ListNodesRequest
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import ListMembersRequest
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import ListWorkUnitsRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.moments import timestamp
from services.console.demo.district import District
from services.console.demo.generate import generate
from services.console.demo.year import local
from tests.journeys.linli import as_json, linli, served
from tests.journeys.scenarios import roster
from tests.journeys.scenarios.calls import ask, every, reasons, write
from tests.journeys.scenarios.stores import KINDS, settings_of

SEED: Final = 7
LATE: Final = 20
FIRST_DAY, DEADLINE = date(2025, 3, 1), date(2025, 6, 30)
THRESHOLD: Final = 9_500
"""A unit below 95 % is not appraised (one published rule)."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with served(tmp_path / "served", extra=settings_of(url)) as server:
        yield server.target


def test_every_member_is_enrolled_once_whatever_went_wrong(tmp_path: Path, target: str) -> None:
    district = generate(seed=SEED, scale=Decimal(1))
    bring_in(tmp_path, district, target=target)
    with grpc.insecure_channel(target) as channel:
        enrolments = EnrolmentServiceStub(channel)
        members = {row.code: row for row in listed(channel, MemberServiceStub, ListMembersRequest, "members")}
        nodes = {row.code: row for row in listed(channel, GridServiceStub, ListNodesRequest, "nodes")}
        assert len(members) == 3747
        levels = [row.level for row in nodes.values()]
        assert [levels.count(level) for level in range(1, 6)] == [1, 9, 55, 162, 519]

        random = Random(SEED)
        order = list(district.members)
        random.shuffle(order)
        wrong, twice = set(order[: len(order) * 2 // 100]), order[-(len(order) // 100) :]
        others = {member.code: other for member, other in zip(order, [*order[1:], order[0]], strict=True)}
        moments = enrolling_moments(random, len(order))
        home = {
            member.code: others[member.code].community if member in wrong else member.community
            for member in order
        }
        requests = [
            EnrolRequest(
                request_id=f"enrol-{member.code}",
                member_id=members[member.code].member_id,
                community_id=nodes[home[member.code]].node_id,
                occurred_at=timestamp(moment),
            )
            for member, moment in zip(order, moments, strict=True)
        ]
        assert set(reasons(write(enrolments.BatchEnrol, BatchEnrolRequest, requests))) == {"WRITTEN"}

        again = [
            EnrolRequest(
                request_id=f"again-{member.code}",
                member_id=members[member.code].member_id,
                community_id=nodes[member.community].node_id,
            )
            for member in twice
        ]
        refused = reasons(write(enrolments.BatchEnrol, BatchEnrolRequest, again))
        assert refused == ["ALREADY_ENROLLED"] * 37

        misplaced = [member for member in order if home[member.code] != member.community]
        transfers = [
            TransferEnrolmentRequest(
                request_id=f"transfer-{member.code}",
                member_id=members[member.code].member_id,
                community_id=nodes[member.community].node_id,
                occurred_at=timestamp(moment + timedelta(days=2)),
                reason="enrolled with the wrong community",
            )
            for member, moment in zip(order, moments, strict=True)
            if home[member.code] != member.community
        ]
        moved = write(enrolments.BatchTransferEnrolments, BatchTransferEnrolmentsRequest, transfers)
        assert set(reasons(moved)) == {"WRITTEN"}

        active = every(enrolments.ListEnrolments, ListEnrolmentsRequest, "enrolments", active_only=True)
        codes = {row.member_id: code for code, row in members.items()}
        assert len(active) == len({row.member_id for row in active}) == 3747
        placed = {codes[row.member_id]: row.community_id for row in active}
        assert placed == {member.code: nodes[member.community].node_id for member in order}
        late = every(enrolments.ListEnrolments, ListEnrolmentsRequest, "enrolments", late_only=True)
        assert len({row.member_id for row in late}) == LATE
        history = every(enrolments.ListEnrolments, ListEnrolmentsRequest, "enrolments")
        assert len(history) == 3747 + len(misplaced)

        count = ask(GridServiceStub(channel).CountSubtree, CountSubtreeRequest(node_id=nodes["CH"].node_id))
        assert count.enrolled == 3747
        assert_shares(channel, district)
    assert as_json(linli("verify", "--json", "--target", target))["verified"] is True


def bring_in(folder: Path, district: District, *, target: str) -> None:
    """Import grid, work units and members from what the offices have, and all of it once more."""
    files = {
        "nodes": (roster.write_nodes(folder / "nodes.csv", district), 746),
        "units": (roster.write_units(folder / "units.csv", district), 66),
        "members": (roster.write_members(folder / "members.csv", district), 3747),
    }
    for kind, (path, rows) in files.items():
        first = as_json(linli("import", kind, str(path), "--json", "--target", target))
        assert (first["rows"], first["findings"]) == (rows, [])
    for kind, (path, rows) in files.items():
        second = as_json(linli("import", kind, str(path), "--json", "--target", target))
        assert (second["rows"], second["unchanged"], second["findings"]) == (rows, rows, [])


def enrolling_moments(random: Random, count: int) -> list[datetime]:
    """Spread so many moments over the time in which to enrol; the last twenty come after it."""
    days = (DEADLINE - FIRST_DAY).days
    in_time = [
        local(FIRST_DAY + timedelta(days=random.randint(0, days - 3)), random.randint(8, 20))
        for _ in range(count - LATE)
    ]
    return [*in_time, *(local(DEADLINE + timedelta(days=1 + n), 9) for n in range(LATE))]


def assert_shares(channel: grpc.Channel, district: District) -> None:
    """Compare the enrolment rate of each unit with its own people, counted by hand."""
    enrolments = EnrolmentServiceStub(channel)
    units = listed(channel, OrganisationServiceStub, ListWorkUnitsRequest, "work_units")
    rows = every(
        enrolments.ListParticipation,
        ListParticipationRequest,
        "rows",
        grouping=PARTICIPATION_GROUPING_WORK_UNIT,
        period_id=str(datetime.now(UTC).year),
    )
    figures = {row.code: (row.due, row.due_enrolled, row.enrolment_basis_points) for row in rows}
    people = [member.work_unit for member in district.members]
    assert figures == {
        unit.code: (people.count(unit.code), people.count(unit.code), 10_000) for unit in units
    }
    for unit in units:
        request = GetEnrolmentShareRequest(
            work_unit_id=unit.work_unit_id,
            threshold_basis_points=THRESHOLD,
            as_of=timestamp(local(DEADLINE, 1)),
        )
        share = ask(enrolments.GetEnrolmentShare, request)
        assert share.due == people.count(unit.code)
        assert share.meets_threshold == (share.enrolled * 10_000 >= THRESHOLD * share.due)


def listed(channel: grpc.Channel, stub: Any, request: Any, rows: str) -> list[Any]:
    """Read all of what a service lists."""
    name = request.__name__.removesuffix("Request")
    return every(getattr(stub(channel), name), request, rows)
