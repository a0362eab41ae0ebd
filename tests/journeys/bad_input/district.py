"""A very small district that has already seen some service."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from linli.admin.v1 import admin_pb2
from linli.events.v1 import activity_pb2, wish_pb2
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2

from tests.journeys.bad_input.client import Client, Refusal

SERVICES = ("members", "events", "points")
DAY = datetime(2025, 6, 7, 1, tzinfo=UTC)
ADMIN = "linli.admin.v1.AdminService"
GRID = "linli.members.v1.GridService"
UNITS = "linli.members.v1.OrganisationService"
MEMBERS = "linli.members.v1.MemberService"
ENROLMENTS = "linli.members.v1.EnrolmentService"
ACTIVITIES = "linli.events.v1.ActivityService"
WISHES = "linli.events.v1.WishService"


def at(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A very small district that has already seen some service."""

    client: Client
    community: str
    other_community: str
    unit: str
    member: str
    other_member: str
    activity: str
    claimed_wish: str

    def heads(self) -> dict[str, int]:
        """The ends of all logs: they move with whatever changes."""
        return {service: self._head(service) for service in SERVICES}

    def _head(self, service: str) -> int:
        answer = self.client.call(ADMIN, admin_pb2.GetStatusRequest(service=service))
        assert not isinstance(answer, Refusal), answer
        return int(answer.head_position)


def build(client: Client) -> District:
    def node(code: str, level: grid_pb2.GridLevel.ValueType, parent: str = "") -> str:
        request = grid_pb2.CreateNodeRequest(
            request_id=f"n-{code}",
            code=code,
            name=code,
            level=level,
            parent_id=parent,
            occurred_at=at(DAY - timedelta(days=30)),
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
        community=communities[0],
        other_community=communities[1],
        unit=unit,
        member=people[0].id,
        other_member=people[1].id,
        activity=activity,
        claimed_wish=wish,
    )
