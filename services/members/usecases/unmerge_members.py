"""Take merges back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.faults import MemberErased, MergeUndone, MergeUnknown
from services.members.domain.merge import (
    Belonging,
    Merge,
    Outcome,
    RecordKey,
    reinstated,
    stands_for,
)
from services.members.domain.register import Member
from services.members.storage.belongings import (
    read_belongings,
    read_belongings_by_key,
)
from services.members.storage.members import read_members
from services.members.storage.merged_terms import part_terms
from services.members.storage.merges import (
    MergedRecord,
    lock_persons,
    read_at_home,
    read_ids_of_persons,
    read_merge,
    read_merges_in_force,
    read_records,
    update_undone,
)
from services.members.usecases.settle_persons import settle_persons


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergeMembers:
    """Let the duplicate be a member of its own again."""

    merge_id: str
    reason: str
    stated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergePlan:
    """What taking a merge back does."""

    merge: Merge
    standing: Sequence[Member]
    """Whoever stands for somebody else than before, or for nobody."""
    survivor_id: str
    """Whom they stood for."""
    moved: Sequence[Belonging]
    reinstated: Sequence[Belonging]
    records: Sequence[MergedRecord]
    """What becomes of all that the merge did."""


async def unmerge_members(
    work: Work, commands: Sequence[UnmergeMembers], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Take merges back, each decided by itself and in order.

    Args:
        work: One transaction.
        commands: Of any merges.
        zone: The district's, by whose days those enrolled are counted.
    """
    merges = [await read_merge(work.connection, command.merge_id) for command in commands]
    await lock_persons(work.connection, {merge.duplicate_id for merge in merges if merge})
    outcomes: list[Written | Fault] = []
    for command in commands:
        try:
            outcomes.append(await _unmerge(work, command, zone=zone))
        except Fault as fault:
            outcomes.append(fault)
    return outcomes


async def plan_unmerge(connection: AsyncConnection, merge_id: str) -> UnmergePlan:
    """Decide what taking a merge back does, without doing it.

    Raises:
        MergeUnknown, MergeUndone: There is nothing to take back.
        MemberErased: Nobody knows any more who one of them was.
    """
    merge = await read_merge(connection, merge_id)
    if merge is None:
        raise MergeUnknown(field="merge_id", merge_id=merge_id)
    if merge.undone_at is not None:
        raise MergeUndone(merge_id=merge.id, undone_at=merge.undone_at.isoformat())
    persons = await read_members(connection, await read_ids_of_persons(connection, [merge.duplicate_id]))
    survivor_id = persons[merge.duplicate_id].merged_into or merge.survivor_id
    for member_id in (merge.duplicate_id, survivor_id):
        if persons[member_id].erased_at is not None:
            raise MemberErased(member_id=member_id)
    in_force = await read_merges_in_force(connection, persons.keys())
    del in_force[merge.duplicate_id]
    leaving = {id_ for id_ in persons if stands_for(id_, merges=in_force) != survivor_id}
    records = await read_records(connection, merge.id)
    moved = await _read_moved(connection, leaving, in_force=in_force)
    back = await _read_reinstated(connection, records, moved, in_force=in_force)
    holding = {each.key for each in back}
    return UnmergePlan(
        merge=merge,
        survivor_id=survivor_id,
        standing=[
            replace(
                persons[id_],
                merged_into=None if id_ == merge.duplicate_id else merge.duplicate_id,
                revision=persons[id_].revision + 1,
            )
            for id_ in sorted(leaving)
        ],
        moved=moved,
        reinstated=back,
        records=[
            replace(each, given_back=each.became is Outcome.MOVED or each.key in holding) for each in records
        ],
    )


async def _read_moved(
    connection: AsyncConnection, leaving: set[str], *, in_force: Mapping[str, str]
) -> list[Belonging]:
    """Read what is at home with those who leave, as they get it back: as it stands now."""
    homes = await read_at_home(connection, leaving)
    held = await read_belongings_by_key(connection, homes.keys())
    due = {key: stands_for(home_id, merges=in_force) for key, home_id in homes.items()}
    return [
        each.of(due[key])
        for key, each in sorted(held.items())
        if not each.withdrawn and each.member_id != due[key] and not _was_revoked_at_home(each, homes)
    ]


def _was_revoked_at_home(belonging: Belonging, homes: Mapping[RecordKey, str]) -> bool:
    """Say whether it is a consent that did not change hands, because a merge revoked it."""
    return belonging.is_consent and belonging.member_id == homes[belonging.key]


async def _read_reinstated(
    connection: AsyncConnection,
    records: Sequence[MergedRecord],
    moved: Sequence[Belonging],
    *,
    in_force: Mapping[str, str],
) -> list[Belonging]:
    """Read what fell away by a merge and can hold again."""
    fallen = {each.key: each.home_id for each in records if each.became is Outcome.WITHDRAWN}
    if not fallen:
        return []
    owners = {key: stands_for(home_id, merges=in_force) for key, home_id in fallen.items()}
    withdrawn = await read_belongings_by_key(connection, fallen)
    candidates = [each.reinstate(owners[key]) for key, each in withdrawn.items()]
    # Not what changes hands, nor what is to hold again: consents are read as they ended.
    elsewhere = {each.key for each in moved} | fallen.keys()
    held = await read_belongings(connection, set(owners.values()))
    stays = [each for each in held if each.key not in elsewhere]
    back: list[Belonging] = []
    for owner_id in sorted(set(owners.values())):
        back += reinstated(
            withdrawn=[each for each in candidates if each.member_id == owner_id],
            rivals=[each for each in (*stays, *moved) if each.member_id == owner_id],
        )
    return back


async def _unmerge(work: Work, command: UnmergeMembers, *, zone: ZoneInfo) -> Written:
    plan = await plan_unmerge(work.connection, command.merge_id)
    merge = plan.merge.undo(by=command.stated_by, at=work.now, reason=command.reason)
    await part_terms(work.connection, plan.merge)
    await update_undone(
        work.connection, merge, given_back=[each.key for each in plan.records if each.given_back]
    )
    facts = await settle_persons(
        work,
        changed=[plan.moved, plan.reinstated],
        standing=plan.standing,
        survivor_id=plan.survivor_id,
        zone=zone,
    )
    return Written(id=merge.id, facts=facts)
