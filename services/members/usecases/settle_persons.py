"""Store and state what a merge, or its end, changes, and have everybody it touches computed anew."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from services.chassis.work import Work
from services.members.domain.enrolment import Enrolment
from services.members.domain.merge import Belonging, BelongingKind
from services.members.domain.register import Member
from services.members.storage.belonging_facts import READ_STATEMENTS
from services.members.storage.belongings import store_belongings
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import read_enrolments
from services.members.storage.facts import causes, of_member
from services.members.storage.members import read_members
from services.members.storage.merges import update_standing


async def settle_persons(
    work: Work,
    *,
    changed: Sequence[Collection[Belonging]],
    standing: Sequence[Member],
    survivor_id: str,
    zone: ZoneInfo,
) -> tuple[str, ...]:
    """Let belongings change hands, fall away or hold again, and members stand for others; gives the facts.

    Args:
        work: One transaction, in which all of these members are locked.
        changed: Stored one collection after the other: what falls away makes room for what moves.
        standing: Whoever stands for somebody else than before, or for nobody.
        survivor_id: For whom they stand now, or stood before.
        zone: The district's, by whose days those enrolled are counted.
    """
    belongings = [each for together in changed for each in together]
    before = await _read_enrolments(work, belongings)
    for together in changed:
        await store_belongings(work.connection, together)
    await update_standing(work.connection, standing)
    facts = [*await _state(work, belongings), *await _state_members(work, standing)]
    await work.mark({f"member:{member_id}" for member_id in (survivor_id, *(each.id for each in standing))})
    await record_changes(work, before=before, after=await _read_enrolments(work, belongings), zone=zone)
    return tuple(facts)


async def _read_enrolments(work: Work, belongings: Iterable[Belonging]) -> Collection[Enrolment]:
    kind = BelongingKind.ENROLMENT
    ids = [each.key.record_id for each in belongings if each.key.kind is kind]
    return (await read_enrolments(work.connection, ids)).values()


async def _state(work: Work, belongings: Iterable[Belonging]) -> list[str]:
    facts: list[str] = []
    for kind, of_kind in groupby(sorted(belongings, key=attrgetter("key")), key=lambda each: each.key.kind):
        stated = await READ_STATEMENTS[kind](work.connection, [each.key.record_id for each in of_kind])
        facts += [statement.make(work) for _, statement in sorted(stated.items())]
    return facts


async def _state_members(work: Work, standing: Iterable[Member]) -> list[str]:
    """State members; none is left out, since what is computed of both rests on whom each stands for."""
    members = list(standing)
    survivors = await read_members(
        work.connection, {each.merged_into for each in members if each.merged_into}
    )
    return [
        of_member(each).make(work, causes=causes(survivors.get(each.merged_into or ""))) for each in members
    ]
