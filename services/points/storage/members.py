"""Which members `members` has told of, and which the ledger knows."""

from collections.abc import Collection
from typing import Final

from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import MemberFact
from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.tables import received_facts, received_subjects
from services.points.storage.tables import accounts, entries, grants

LOG: Final = "members"
SUBJECT: Final = "member:"
_TYPE: Final = MemberFact.DESCRIPTOR.full_name


async def read_answering(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read who answers to these ids: the member, or whom it was merged into; unknown ids are left out."""
    statement = select(received_facts.c.record_id, received_facts.c.envelope).where(
        received_facts.c.log == LOG,
        # PostgreSQL takes no text with a zero character, not even to find nothing.
        received_facts.c.record_id.in_({each for each in member_ids if "\0" not in each}),
        received_facts.c.type == _TYPE,
        received_facts.c.latest,
    )
    return {
        member_id: MemberFact.FromString(Fact.FromString(envelope).body.value).merged_into or member_id
        for member_id, envelope in await connection.execute(statement)
    }


async def list_members(connection: AsyncConnection, *, after: str, members_max: int) -> list[str]:
    """Read whoever facts, grants, accounts or entries name, in order, after one of them."""
    named = func.substr(received_subjects.c.subject, len(SUBJECT) + 1)
    of_facts = select(named.label("member_id")).where(received_subjects.c.subject.startswith(SUBJECT))
    everybody = union(
        of_facts, *(select(table.c.member_id) for table in (grants, accounts, entries))
    ).subquery()
    statement = (
        select(everybody.c.member_id)
        .where(everybody.c.member_id > after)
        .order_by(everybody.c.member_id)
        .limit(members_max)
    )
    return list((await connection.execute(statement)).scalars())
