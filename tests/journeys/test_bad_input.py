"""Bad input over gRPC: one typed, clear refusal that says what to do, and nothing is changed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from linli.admin.v1 import admin_pb2
from linli.events.v1 import activity_pb2, wish_pb2
from linli.feed.v1 import consumer_pb2, feed_pb2
from linli.jobs.v1 import jobs_pb2
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2
from linli.points.v1 import leaderboard_pb2, ledger_pb2, reward_pb2, rule_set_pb2

from tests.journeys.linli import Served, served

CALLER = "service:test"
FILES = (
    admin_pb2, activity_pb2, wish_pb2, consumer_pb2, feed_pb2, jobs_pb2, enrolment_pb2, grid_pb2, member_pb2,
    organisation_pb2, leaderboard_pb2, ledger_pb2, reward_pb2, rule_set_pb2,
)  # fmt: skip
METHODS = [
    (service, method)
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
DAY = datetime(2025, 6, 7, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    code: str
    reason: str
    message: str


class Client:
    """Calls RPCs by name: whatever bytes, whatever caller."""

    def __init__(self, target: str) -> None:
        self._channel = grpc.insecure_channel(target)

    def send(self, path: str, raw: bytes, *, caller: str | None = CALLER) -> bytes | Refusal:
        rpc = self._channel.unary_unary(path, request_serializer=None, response_deserializer=None)
        metadata = (("linli-caller", caller),) if caller is not None else ()
        try:
            answer: bytes = rpc(raw, metadata=metadata, timeout=10)
        except grpc.RpcError as error:
            return _refusal(error)
        return answer

    def call(self, service: str, request: Any, *, caller: str | None = CALLER) -> Any:
        """Call the RPC that takes this request; gives the decoded answer or the refusal."""
        name = type(request).__name__.removesuffix("Request")
        answer = self.send(f"/{service}/{name}", request.SerializeToString(), caller=caller)
        if isinstance(answer, Refusal):
            return answer
        found = next(m for s, m in METHODS if s.full_name == service and m.name == name)
        return GetMessageClass(found.output_type).FromString(answer)

    def written(self, service: str, request: Any, *, caller: str = CALLER) -> Any:
        answer = self.call(service, request, caller=caller)
        assert not isinstance(answer, Refusal), answer
        return answer.written

    def close(self) -> None:
        self._channel.close()


def _refusal(error: Any) -> Refusal:
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    reason = ""
    for detail in Status.FromString(details).details if details else ():
        info = ErrorInfo()
        if detail.Unpack(info):
            reason = info.reason
    return Refusal(code=error.code().name, reason=reason, message=error.details() or "")


def at(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A very small district that has already seen some service."""

    client: Client
    server: Served
    community: str
    other_community: str
    unit: str
    member: str
    other_member: str
    activity: str
    claimed_wish: str

    def heads(self) -> dict[str, int]:
        """The ends of all logs: they move with whatever changes."""
        return {
            service: self.client.call(ADMIN, admin_pb2.GetStatusRequest(service=service)).head_position
            for service in ("members", "events", "points")
        }


ADMIN = "linli.admin.v1.AdminService"
GRID = "linli.members.v1.GridService"
UNITS = "linli.members.v1.OrganisationService"
MEMBERS = "linli.members.v1.MemberService"
ENROLMENTS = "linli.members.v1.EnrolmentService"
ACTIVITIES = "linli.events.v1.ActivityService"
WISHES = "linli.events.v1.WishService"


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    with served(tmp_path_factory.mktemp("district")) as server:
        client = Client(server.target)
        yield build(client, server)
        client.close()


def build(client: Client, server: Served) -> District:
    def node(code: str, level: grid_pb2.GridLevel.ValueType, parent: str = "") -> str:
        request = grid_pb2.CreateNodeRequest(
            request_id=f"n-{code}",
            code=code,
            name=code,
            level=level,
            parent_id=parent,
        )
        return str(client.written(GRID, request).id)

    street = node("S", grid_pb2.GRID_LEVEL_STREET, node("D", grid_pb2.GRID_LEVEL_DISTRICT))
    communities = [node(code, grid_pb2.GRID_LEVEL_COMMUNITY, street) for code in ("C1", "C2")]
    unit_request = organisation_pb2.CreateWorkUnitRequest(request_id="u", code="U", name="单位")
    unit = client.written(UNITS, unit_request).id
    people = []
    for code in ("M1", "M2"):
        request = member_pb2.CreateMemberRequest(
            request_id=f"m-{code}",
            code=code,
            name="王芳",
            member_type=member_pb2.MEMBER_TYPE_IN_SERVICE,
            work_unit_id=unit,
        )
        people.append(client.written(MEMBERS, request))
    enrol = enrolment_pb2.EnrolRequest(
        request_id="e", member_id=people[0].id, community_id=communities[0], occurred_at=at(DAY)
    )
    known = {"members": client.written(ENROLMENTS, enrol).positions["members"]}
    activity_request = activity_pb2.CreateActivityRequest(
        request_id="a",
        code="A",
        title="环境整治",
        community_id=communities[0],
        starts_at=at(DAY),
        ends_at=at(DAY + timedelta(hours=2)),
        at_least=known,
    )
    activity = client.written(ACTIVITIES, activity_request).id
    publish = activity_pb2.PublishActivityRequest(
        request_id="ap", activity_id=activity, occurred_at=at(DAY - timedelta(days=5))
    )
    client.written(ACTIVITIES, publish)
    submit = wish_pb2.SubmitWishRequest(
        request_id="w1",
        code="W",
        title="一把轮椅",
        category=wish_pb2.WISH_CATEGORY_HARDSHIP_HELP,
        community_id=communities[0],
        occurred_at=at(DAY),
    )
    wish = client.written(WISHES, submit).id
    step = DAY + timedelta(days=1)
    client.written(WISHES, wish_pb2.VerifyWishRequest(request_id="w2", wish_id=wish, occurred_at=at(step)))
    client.written(WISHES, wish_pb2.PublishWishRequest(request_id="w3", wish_id=wish, occurred_at=at(step)))
    claim = wish_pb2.ClaimWishRequest(
        request_id="w4", wish_id=wish, member_id=people[0].id, occurred_at=at(step)
    )
    client.written(WISHES, claim)
    return District(
        client=client,
        server=server,
        community=communities[0],
        other_community=communities[1],
        unit=unit,
        member=people[0].id,
        other_member=people[1].id,
        activity=activity,
        claimed_wish=wish,
    )


@pytest.fixture(autouse=True)
def changes_nothing(district: District) -> Iterator[None]:
    before = district.heads()
    yield
    assert district.heads() == before


class TestIsRefusedTyped:
    def test_an_unknown_member(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x1", member_id="nobody", community_id=district.community
        )
        refused = district.client.call(ENROLMENTS, request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "MEMBER_UNKNOWN")

    def test_an_unknown_node(self, district: District) -> None:
        refused = district.client.call(GRID, grid_pb2.GetNodeRequest(node_id="nowhere"))
        assert (refused.code, refused.reason) == ("NOT_FOUND", "NODE_UNKNOWN")

    def test_an_unknown_activity(self, district: District) -> None:
        request = activity_pb2.SignInRequest(request_id="x2", activity_id="none", member_id=district.member)
        refused = district.client.call(ACTIVITIES, request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "ACTIVITY_UNKNOWN")

    def test_a_balance_of_nobody(self, district: District) -> None:
        request = ledger_pb2.GetBalanceRequest(member_id="nobody")
        refused = district.client.call("linli.points.v1.LedgerService", request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "MEMBER_UNKNOWN")

    def test_a_second_enrolment(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x3", member_id=district.member, community_id=district.other_community
        )
        refused = district.client.call(ENROLMENTS, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_ENROLLED")

    def test_a_sign_out_before_the_sign_in(self, district: District) -> None:
        request = activity_pb2.SignOutRequest(
            request_id="x4", activity_id=district.activity, member_id=district.member, occurred_at=at(DAY)
        )
        refused = district.client.call(ACTIVITIES, request)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "NOT_SIGNED_IN")

    def test_a_claim_of_a_claimed_wish(self, district: District) -> None:
        request = wish_pb2.ClaimWishRequest(
            request_id="x5", wish_id=district.claimed_wish, member_id=district.other_member
        )
        refused = district.client.call(WISHES, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_CLAIMED")

    def test_a_request_id_used_for_another_request(self, district: District) -> None:
        request = organisation_pb2.CreateWorkUnitRequest(request_id="u", code="U", name="别的单位")
        refused = district.client.call(UNITS, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")

    def test_a_moment_in_the_future(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x6",
            member_id=district.other_member,
            community_id=district.community,
            occurred_at=at(datetime.now(UTC) + timedelta(days=2)),
        )
        assert district.client.call(ENROLMENTS, request).code == "INVALID_ARGUMENT"

    def test_a_caller_that_does_not_say_who_it_is(self, district: District) -> None:
        request = grid_pb2.GetNodeRequest(node_id=district.community)
        for caller in (None, "", "somebody", "admin:root", "member:"):
            refused = district.client.call(GRID, request, caller=caller)
            assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "CALLER_MISSING"), caller

    def test_a_service_where_a_person_has_to_approve(self, district: District) -> None:
        request = reward_pb2.ApproveRunRequest(request_id="x7", run_id="r", digest="0" * 64)
        refused = district.client.call("linli.points.v1.RewardService", request)
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "CALLER_FORBIDDEN")

    @pytest.mark.parametrize("size", [-1, 1_001, 2**31 - 1])
    def test_a_page_of_an_impossible_size(self, district: District, size: int) -> None:
        refused = district.client.call(MEMBERS, member_pb2.ListMembersRequest(page_size=size))
        assert refused.code == "INVALID_ARGUMENT"

    @pytest.mark.parametrize("milli", [-1, 0, 2**63 - 1])
    def test_an_award_of_an_impossible_size(self, district: District, milli: int) -> None:
        rule = rule_set_pb2.Rule(
            rule_id="r",
            trigger=rule_set_pb2.TRIGGER_WISH,
            currency=rule_set_pb2.CURRENCY_MERIT,
            amount=rule_set_pb2.Amount(fixed_milli=milli),
        )
        document = rule_set_pb2.RuleSetDocument(name="x", version=1, effective_from=at(DAY), rules=[rule])
        request = rule_set_pb2.CreateRuleSetRequest(request_id="x8", document=document)
        refused = district.client.call("linli.points.v1.RuleService", request, caller="member:a")
        assert refused.code == "INVALID_ARGUMENT"

    def test_a_batch_without_items_and_one_with_too_many(self, district: District) -> None:
        for count in (0, 1_001):
            request = enrolment_pb2.BatchEnrolRequest(items=[enrolment_pb2.EnrolRequest()] * count)
            assert district.client.call(ENROLMENTS, request).code == "INVALID_ARGUMENT"

    def test_a_name_of_300_characters(self, district: District) -> None:
        request = organisation_pb2.CreateWorkUnitRequest(request_id="x9", code="LONG", name="长" * 300)
        assert district.client.call(UNITS, request).code == "INVALID_ARGUMENT"


class TestBytes:
    @pytest.mark.parametrize(("service", "method"), METHODS, ids=[f"{s.name}.{m.name}" for s, m in METHODS])
    def test_that_are_no_message_or_no_text_are_refused(
        self, district: District, service: Any, method: Any
    ) -> None:
        chance = random.Random(f"{service.name}/{method.name}")
        path = f"/{service.full_name}/{method.name}"
        broken = [chance.randbytes(chance.randrange(1, 400)) for _ in range(20)]
        broken += [b"\x0a\x02\xff\xfe", b"\x0a\xff\xff\xff\xff\x7f", b"\xff" * 50]
        for raw in broken:
            for caller in (CALLER, "member:fuzz"):
                answer = district.client.send(path, raw, caller=caller)
                if isinstance(answer, Refusal):
                    assert answer.code in {
                        "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "FAILED_PRECONDITION"
                    }, (raw, answer)  # fmt: skip
                    assert answer.message

    def test_larger_than_a_message_may_be_are_refused(self, district: District) -> None:
        answer = district.client.send(f"/{GRID}/GetNode", b"\x0a" * (5 * 1024 * 1024))
        assert isinstance(answer, Refusal)
        assert answer.code == "RESOURCE_EXHAUSTED"
