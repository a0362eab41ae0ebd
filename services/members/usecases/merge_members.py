"""Merge members who turned out to be one person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.work import Work, Written
from services.members.domain.faults import MemberUnknown
from services.members.domain.merge import (
    Belonging,
    Merge,
    Outcome,
    RecordKey,
    consents_ended,
    falling_away,
    moving,
    refuse_merging,
)
from services.members.domain.register import Member
from services.members.storage.belongings import read_belongings
from services.members.storage.members import read_members
from services.members.storage.merged_terms import read_terms_given, unite_terms
from services.members.storage.merges import (
    MergedRecord,
    insert_merge,
    lock_persons,
    read_duplicates,
    read_homes_of,
)
from services.members.usecases.settle_persons import settle_persons


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeMembers:
    """Take a duplicate for the survivor from now on."""

    survivor_id: str
    duplicate_id: str
    reason: str
    stated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge does."""

    standing: Sequence[Member]
    """The duplicate and whoever was merged into it, as they then stand for the survivor."""
    moved: Sequence[Belonging]
    withdrawn: Sequence[Belonging]
    terms: Sequence[RecordKey]
    """That the survivor gets."""
    records: Sequence[MergedRecord]
    """All of that, as it is remembered."""


async def merge_members(
    work: Work, commands: Sequence[MergeMembers], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Merge pairs, each decided by itself and in order; they are rare, so each reads for itself.

    Args:
        work: One transaction.
        commands: Of any members.
        zone: The district's, by whose days those enrolled are counted.
    """
    named = {id_ for command in commands for id_ in (command.survivor_id, command.duplicate_id)}
    await lock_persons(work.connection, named)
    outcomes: list[Written | Fault] = []
    for command in commands:
        try:
            outcomes.append(await _merge(work, command, zone=zone))
        except Fault as fault:
            outcomes.append(fault)
    return outcomes


async def plan_merge(
    connection: AsyncConnection, *, survivor_id: str, duplicate_id: str, at: datetime
) -> MergePlan:
    """Decide a merge without doing anything.

    Raises:
        MemberUnknown, SameMember, MemberMerged, MemberErased: They cannot be merged.
    """
    members = await read_members(connection, {survivor_id, duplicate_id})
    for field, member_id in (("survivor_id", survivor_id), ("duplicate_id", duplicate_id)):
        if member_id not in members:
            raise MemberUnknown(field=field, member_id=member_id)
    refuse_merging(survivor=members[survivor_id], duplicate=members[duplicate_id])
    earlier = await read_members(connection, (await read_duplicates(connection, [duplicate_id])).keys())
    of_both = await read_belongings(connection, [survivor_id, duplicate_id])
    sides = {
        "of_survivor": [each for each in of_both if each.member_id == survivor_id],
        "of_duplicate": [each for each in of_both if each.member_id == duplicate_id],
    }
    fallen = falling_away(**sides) + consents_ended(**sides)
    moved = moving(**sides, fallen=fallen)
    terms = await read_terms_given(connection, survivor_id=survivor_id, duplicate_id=duplicate_id)
    homes = await read_homes_of(connection, [each.key for each in of_both])

    def remember(belonging: Belonging, became: Outcome) -> MergedRecord:
        home_id = homes.get(belonging.key, belonging.member_id)
        return MergedRecord(key=belonging.key, home_id=home_id, became=became)

    return MergePlan(
        standing=[
            replace(member, merged_into=survivor_id, revision=member.revision + 1)
            for member in (*earlier.values(), members[duplicate_id])
        ],
        moved=[each.of(survivor_id) for each in moved],
        withdrawn=[each.withdraw(at=at) for each in fallen],
        terms=terms,
        records=sorted(
            [
                *(remember(each, Outcome.WITHDRAWN) for each in fallen),
                *(remember(each, Outcome.MOVED) for each in moved),
                *(MergedRecord(key=key, home_id=duplicate_id, became=Outcome.MOVED) for key in terms),
            ],
            key=lambda record: record.key,
        ),
    )


async def _merge(work: Work, command: MergeMembers, *, zone: ZoneInfo) -> Written:
    plan = await plan_merge(
        work.connection,
        survivor_id=command.survivor_id,
        duplicate_id=command.duplicate_id,
        at=work.now,
    )
    merge = Merge(
        id=new_id(),
        survivor_id=command.survivor_id,
        duplicate_id=command.duplicate_id,
        reason=command.reason,
        merged_by=command.stated_by,
        merged_at=work.now,
    )
    await insert_merge(work.connection, merge, plan.records)
    await unite_terms(work.connection, survivor_id=merge.survivor_id, given=plan.terms)
    facts = await settle_persons(
        work,
        changed=[plan.withdrawn, plan.moved],
        standing=plan.standing,
        survivor_id=merge.survivor_id,
        zone=zone,
    )
    return Written(id=merge.id, facts=facts)
