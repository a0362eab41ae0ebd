"""Which members `members` has told of."""

from collections.abc import Collection
from typing import Final

from linli.members.v1.facts_pb2 import MemberFact
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.tables import received_facts

LOG: Final = "members"
_TYPE: Final = MemberFact.DESCRIPTOR.full_name


async def read_known(connection: AsyncConnection, member_ids: Collection[str]) -> set[str]:
    """Keep the ids that are those of members."""
    statement = select(received_facts.c.record_id).where(
        received_facts.c.log == LOG,
        received_facts.c.record_id.in_(set(member_ids)),
        received_facts.c.type == _TYPE,
        received_facts.c.latest,
    )
    return set((await connection.execute(statement)).scalars())
