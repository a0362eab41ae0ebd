"""Serves `FactFeedService`: one registration per server, routed by the log that a request names."""

from collections.abc import Mapping

from linli.feed.v1 import feed_pb2
from linli.feed.v1.feed_pb2 import GetHeadRequest, GetHeadResponse, PullRequest, PullResponse

from services.chassis.call import Call
from services.chassis.facts.log import FACTS_PER_PULL_MAX, read_after, read_head
from services.chassis.faults import LogUnknown
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc
from services.chassis.sql.database import Database

SERVICE = feed_pb2.DESCRIPTOR.services_by_name["FactFeedService"]
FACTS_PER_PULL_DEFAULT = 500


def feed(databases: Mapping[str, Database]) -> Registration:
    """Serve the logs of these services, by name."""

    def database_of(log: str) -> Database:
        if log not in databases:
            raise LogUnknown(log=log, known=", ".join(sorted(databases)))
        return databases[log]

    async def get_head(request: GetHeadRequest, _call: Call) -> GetHeadResponse:
        async with database_of(request.log).read() as connection:
            return GetHeadResponse(head=await read_head(connection))

    async def pull(request: PullRequest, _call: Call) -> PullResponse:
        facts_max = min(request.max_facts or FACTS_PER_PULL_DEFAULT, FACTS_PER_PULL_MAX)
        async with database_of(request.log).read() as connection:
            page = await read_after(connection, request.after, facts_max=facts_max)
        return PullResponse(facts=page.facts, head=page.head)

    rpcs: dict[str, Rpc] = {"GetHead": get_head, "Pull": pull}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.SERVICE for name in rpcs},
        asked_by_machines=True,
    )
