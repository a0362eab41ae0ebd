"""The service on a real socket, with everything that runs beside it; its log of `events` is a real one."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linli.members.v1.affiliation_pb2_grpc import AffiliationServiceStub
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.merge_pb2_grpc import MergeServiceStub
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub
from linli.members.v1.pairing_pb2_grpc import PairingServiceStub
from linli.members.v1.policy_pb2_grpc import PolicyServiceStub
from linli.members.v1.role_pb2_grpc import RoleServiceStub
from linli.members.v1.team_pb2_grpc import TeamServiceStub
from linli.members.v1.vocabulary_pb2_grpc import VocabularyServiceStub

from services.chassis.call import Caller, CallerKind
from services.chassis.rpc.client import open_channel
from services.members.bootstrap import DECLARATION, bootstrap
from tests.integration.databases import pull_from
from tests.integration.members.register import Events, Register
from tests.integration.serving import running

if TYPE_CHECKING:
    from linli.members.v1.affiliation_pb2_grpc import AffiliationServiceAsyncStub
    from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceAsyncStub
    from linli.members.v1.grid_pb2_grpc import GridServiceAsyncStub
    from linli.members.v1.member_pb2_grpc import MemberServiceAsyncStub
    from linli.members.v1.merge_pb2_grpc import MergeServiceAsyncStub
    from linli.members.v1.organisation_pb2_grpc import OrganisationServiceAsyncStub
    from linli.members.v1.pairing_pb2_grpc import PairingServiceAsyncStub
    from linli.members.v1.policy_pb2_grpc import PolicyServiceAsyncStub
    from linli.members.v1.role_pb2_grpc import RoleServiceAsyncStub
    from linli.members.v1.team_pb2_grpc import TeamServiceAsyncStub
    from linli.members.v1.vocabulary_pb2_grpc import VocabularyServiceAsyncStub

CALLER = Caller(kind=CallerKind.SERVICE, id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The stubs of the service."""

    grid: "GridServiceAsyncStub"
    organisation: "OrganisationServiceAsyncStub"
    pairings: "PairingServiceAsyncStub"
    affiliations: "AffiliationServiceAsyncStub"
    members: "MemberServiceAsyncStub"
    vocabulary: "VocabularyServiceAsyncStub"
    enrolments: "EnrolmentServiceAsyncStub"
    merges: "MergeServiceAsyncStub"
    teams: "TeamServiceAsyncStub"
    roles: "RoleServiceAsyncStub"
    policies: "PolicyServiceAsyncStub"
    ring: Callable[[], None]
    """Rings as `events` does when its log has news."""


@asynccontextmanager
async def serving(register: Register, events: Events) -> AsyncGenerator[Client]:
    pull = pull_from(events.database)
    async with (
        running(DECLARATION, bootstrap, database=register.database, pull=pull) as service,
        open_channel(service.target, caller=CALLER) as channel,
    ):
        yield Client(
            grid=GridServiceStub(channel),
            organisation=OrganisationServiceStub(channel),
            pairings=PairingServiceStub(channel),
            affiliations=AffiliationServiceStub(channel),
            members=MemberServiceStub(channel),
            vocabulary=VocabularyServiceStub(channel),
            enrolments=EnrolmentServiceStub(channel),
            merges=MergeServiceStub(channel),
            teams=TeamServiceStub(channel),
            roles=RoleServiceStub(channel),
            policies=PolicyServiceStub(channel),
            ring=lambda: service.ring("events"),
        )
