"""State anew what a merge, or its end, changed, and have everybody it touches computed anew."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from services.chassis.work import Work
from services.members.domain.merge import Belonging
from services.members.domain.register import Member
from services.members.storage.belonging_facts import READ_STATEMENTS
from services.members.storage.facts import causes, of_member
from services.members.storage.members import read_members


async def restate_persons(
    work: Work, *, belongings: Iterable[Belonging], members: Sequence[Member], survivor_id: str
) -> tuple[str, ...]:
    """State belongings as they are stored now, then members; gives the facts in their order.

    Args:
        work: One transaction, in which all of them were stored.
        belongings: What changed hands, fell away or holds again.
        members: Whoever stands for somebody else than before, or for nobody.
        survivor_id: For whom they stand now, or stood before.
    """
    facts: list[str] = []
    for kind, of_kind in groupby(sorted(belongings, key=attrgetter("key")), key=lambda each: each.key.kind):
        stated = await READ_STATEMENTS[kind](work.connection, [each.key.record_id for each in of_kind])
        facts += [statement.make(work) for _, statement in sorted(stated.items())]
    survivors = await read_members(
        work.connection, {each.merged_into for each in members if each.merged_into}
    )
    for member in members:
        facts.append(of_member(member).make(work, causes=causes(survivors.get(member.merged_into or ""))))
    await work.mark({f"member:{member_id}" for member_id in (survivor_id, *(each.id for each in members))})
    return tuple(facts)
