from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from grpc import StatusCode
from linli.members.v1 import enrolment_pb2 as pb
from linli.members.v1 import policy_pb2
from linli.members.v1.policy_pb2 import GetPolicyRequest, SetPolicyRequest

from services.chassis.ids import new_id
from services.chassis.moments import timestamp
from services.members.domain.register import MemberType
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from tests.integration.members.register import (
    MARCH,
    SHANGHAI,
    Events,
    Register,
    hours,
    open_events,
    open_register,
)
from tests.integration.members.serving import Client, serving
from tests.integration.serving import refused

JULY = datetime(2025, 7, 1, tzinfo=SHANGHAI)
OCTOBER = datetime(2025, 10, 1, tzinfo=SHANGHAI)
SEPTEMBER = datetime(2025, 9, 15, tzinfo=SHANGHAI)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


@pytest.fixture
async def client(register: Register, events: Events) -> AsyncIterator[Client]:
    async with serving(register, events) as client:
        yield client


async def reason(call: object) -> tuple[StatusCode, str]:
    refusal = await refused(call)
    return refusal.code, refusal.reason


class TestThePolicy:
    async def test_is_read_and_set_as_a_whole(self, client: Client) -> None:
        held = await client.policies.GetPolicy(GetPolicyRequest())
        assert (held.etag, held.policy.renewal_period) == ("0", policy_pb2.RENEWAL_PERIOD_HALF_YEAR)
        assert (held.policy.enrolment_deadline.month, held.policy.enrolment_deadline.day) == (6, 30)
        assert list(held.policy.phone_countries) == ["CN"]
        wanted = SetPolicyRequest(request_id=new_id(), policy=held.policy, etag="0", reason="Decided.")
        wanted.policy.ClearField("enrolment_deadline")
        wanted.policy.renewal_period = policy_pb2.RENEWAL_PERIOD_NONE
        for _ in range(2):
            written = await client.policies.SetPolicy(wanted)
            assert written.written.id == "1"
        now = await client.policies.GetPolicy(GetPolicyRequest())
        assert (now.policy, now.etag, now.set_by) == (wanted.policy, "1", "service:test")
        wanted.request_id = new_id()
        assert await reason(client.policies.SetPolicy(wanted)) == (StatusCode.ABORTED, "ETAG_STALE")

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("policy.phone_countries", {"phone_countries": ["XX"]}),
            ("policy.phone_countries", {"phone_countries": []}),
            ("policy.enrolment_deadline.day", {"enrolment_deadline": {"month": 2, "day": 30}}),
            ("policy.participation.kinds", {"participation": {"records_min": 1}}),
            ("policy.acknowledgement_days", {"acknowledgement_days": 0}),
        ],
    )
    async def test_that_makes_no_sense_is_refused_with_the_field(
        self, client: Client, field: str, change: dict[str, object]
    ) -> None:
        held = (await client.policies.GetPolicy(GetPolicyRequest())).policy
        for name, value in change.items():
            held.ClearField(name)  # type: ignore[arg-type]
            held.MergeFrom(policy_pb2.Policy(**{name: value}))  # type: ignore[arg-type]
        refusal = await refused(
            client.policies.SetPolicy(
                SetPolicyRequest(request_id=new_id(), policy=held, etag="0", reason="Why not.")
            )
        )
        assert refusal.code is StatusCode.INVALID_ARGUMENT
        assert refusal.fields == (field,)


class TestEnrolments:
    async def test_are_transferred_corrected_renewed_and_listed(
        self, client: Client, register: Register
    ) -> None:
        here = await register.community()
        (member_id,) = await register.members("m1")
        enrolled = await client.enrolments.Enrol(
            pb.EnrolRequest(
                request_id=new_id(), member_id=member_id, community_id=here, occurred_at=timestamp(JULY)
            )
        )
        going = pb.TransferEnrolmentRequest(
            request_id=new_id(), member_id=member_id, community_id=here, occurred_at=timestamp(OCTOBER)
        )
        assert await reason(client.enrolments.TransferEnrolment(going)) == (
            StatusCode.INVALID_ARGUMENT,
            "REASON_REQUIRED",
        )
        going.reason = "Moved house."
        assert await reason(client.enrolments.TransferEnrolment(going)) == (
            StatusCode.FAILED_PRECONDITION,
            "SAME_COMMUNITY",
        )
        correcting = pb.CorrectEnrolmentRequest(
            request_id=new_id(),
            enrolment_id=enrolled.written.id,
            enrolled_at=timestamp(JULY - timedelta(days=1)),
            reason="The paper says so.",
            dry_run=True,
        )
        planned = await client.enrolments.CorrectEnrolment(correcting)
        assert [each.late for each in planned.enrolments] == [False]
        assert not planned.HasField("written")
        listing = pb.ListEnrolmentsRequest(node_id=here, late_only=True)
        assert len((await client.enrolments.ListEnrolments(listing)).enrolments) == 1
        correcting.dry_run = False
        assert (await client.enrolments.CorrectEnrolment(correcting)).written.id == enrolled.written.id
        assert not (await client.enrolments.ListEnrolments(listing)).enrolments
        renewing = pb.RenewEnrolmentRequest(
            request_id=new_id(), member_id=member_id, occurred_at=timestamp(OCTOBER)
        )
        await client.enrolments.RenewEnrolment(renewing)
        found = await client.enrolments.ListEnrolments(pb.ListEnrolmentsRequest(member_id=member_id))
        assert [list(each.renewed_periods) for each in found.enrolments] == [["2025-H2"]]
        neither = pb.RenewEnrolmentRequest(request_id=new_id())
        assert (await refused(client.enrolments.RenewEnrolment(neither))).code is StatusCode.INVALID_ARGUMENT

    async def test_are_listed_in_pages_in_the_order_of_their_beginnings(
        self, client: Client, register: Register
    ) -> None:
        here = await register.community()
        await register.enrolled("m1", "m2", community_id=here, at=OCTOBER)
        await register.enrolled("m3", community_id=here, at=SEPTEMBER)
        seen, token = [], ""
        for _ in range(3):
            request = pb.ListEnrolmentsRequest(node_id=here, active_only=True, page_size=1, page_token=token)
            answer = await client.enrolments.ListEnrolments(request)
            seen += [each.enrolled_at.seconds for each in answer.enrolments]
            token = answer.next_page_token
        assert seen == [int(each.timestamp()) for each in (SEPTEMBER, OCTOBER, OCTOBER)]
        assert token == ""


class TestWhoIsMissing:
    async def test_is_told_with_names_and_days(
        self, client: Client, register: Register, events: Events
    ) -> None:
        here = await register.community()
        (unit_id,) = await register.written(
            create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH)
        )
        first, second, third = await register.members(
            "m1", "m2", "m3", member_type=MemberType.IN_SERVICE, work_unit_id=unit_id
        )
        for each in (first, second):
            await client.enrolments.Enrol(
                pb.EnrolRequest(
                    request_id=new_id(), member_id=each, community_id=here, occurred_at=timestamp(MARCH)
                )
            )
        await events.state(hours("h1", first, at=JULY))
        client.ring()
        asked = {"period_id": "2025-H2", "at_least": {"events": 1}}
        all_ = await client.enrolments.GetParticipation(
            pb.GetParticipationRequest(work_unit_id=unit_id, **asked)  # type: ignore[arg-type]
        )
        assert (all_.enrolled, all_.participating, all_.due, all_.due_enrolled) == (2, 1, 3, 2)
        assert (all_.participation_basis_points, all_.enrolment_basis_points) == (5_000, 6_667)
        there = await client.enrolments.GetParticipation(
            pb.GetParticipationRequest(node_id=here, **asked)  # type: ignore[arg-type]
        )
        assert (there.enrolled, there.HasField("due")) == (2, False)
        rows = await client.enrolments.ListParticipation(
            pb.ListParticipationRequest(
                grouping=pb.PARTICIPATION_GROUPING_WORK_UNIT,
                **asked,  # type: ignore[arg-type]
            )
        )
        assert [(row.code, row.enrolled, row.participating, row.due) for row in rows.rows] == [
            ("w1", 2, 1, 3)
        ]
        for kind, missing, due_on in (
            (pb.MISSING_KIND_NOT_ENROLLED, [third], "2025-06-30"),
            (pb.MISSING_KIND_NOT_RENEWED, [first, second], "2025-12-31"),
            (pb.MISSING_KIND_NOT_PARTICIPATING, [second], "2025-12-31"),
        ):
            found = await client.enrolments.ListMissing(
                pb.ListMissingRequest(work_unit_id=unit_id, kind=kind, **asked)  # type: ignore[arg-type]
            )
            assert [each.member_id for each in found.missing] == missing
            assert all(each.name.startswith("Name of m") for each in found.missing)
            assert found.due_on == due_on
            assert found.days_left < 0

    async def test_says_how_many_a_unit_still_needs(self, client: Client, register: Register) -> None:
        here = await register.community()
        (unit_id,) = await register.written(
            create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH)
        )
        ids = await register.members(
            *(f"m{n:02}" for n in range(20)), member_type=MemberType.IN_SERVICE, work_unit_id=unit_id
        )
        asked = pb.GetEnrolmentShareRequest(work_unit_id=unit_id, threshold_basis_points=9_500)
        for number, member_id in enumerate(ids[:19], start=1):
            await client.enrolments.Enrol(
                pb.EnrolRequest(
                    request_id=new_id(), member_id=member_id, community_id=here, occurred_at=timestamp(MARCH)
                )
            )
            share = await client.enrolments.GetEnrolmentShare(asked)
            assert (share.due, share.enrolled, share.still_needed) == (20, number, 19 - number)
            assert share.meets_threshold is (number == 19)
        asked.as_of.CopyFrom(timestamp(MARCH - timedelta(days=1)))
        assert (await client.enrolments.GetEnrolmentShare(asked)).due == 0
        asked.work_unit_id = "nothing"
        assert await reason(client.enrolments.GetEnrolmentShare(asked)) == (
            StatusCode.NOT_FOUND,
            "WORK_UNIT_UNKNOWN",
        )
