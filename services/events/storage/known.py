"""What `members` told: which ids exist, whom they stand for, and at which revision they are known here."""

from collections.abc import Collection

from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import GridNodeFact, MemberFact
from linli.members.v1.grid_pb2 import GridLevel
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import type_of
from services.chassis.facts.received import read_latest
from services.events.domain.member import KnownMember

MEMBERS = "members"
"""The log that states members and grid nodes."""


async def known_members(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, KnownMember]:
    """Find those of these members that were told of, by id, whoever was merged or erased included."""
    stated = await read_latest(connection, MEMBERS, sorted(member_ids))
    return {
        record_id: _member(fact)
        for record_id, fact in stated.items()
        if type_of(fact) == MemberFact.DESCRIPTOR.full_name
    }


def _member(fact: Fact) -> KnownMember:
    body = MemberFact.FromString(fact.body.value)
    return KnownMember(
        member_id=fact.record_id,
        revision=fact.revision,
        merged_into=body.merged_into,
        is_erased=body.HasField("erased_at"),
    )


async def known_communities(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, int]:
    """Find those of these grid nodes that were told of and are communities; gives the revision of each."""
    stated = await read_latest(connection, MEMBERS, sorted(node_ids))
    return {
        record_id: fact.revision
        for record_id, fact in stated.items()
        if type_of(fact) == GridNodeFact.DESCRIPTOR.full_name
        and GridNodeFact.FromString(fact.body.value).level == GridLevel.GRID_LEVEL_COMMUNITY
    }
