"""Merging two work units that turned out to be one. It cannot be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.members.domain.affiliation import moved_to
from services.members.domain.pairing import Pairing, PairingKind, refuse_other_kind
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.register import Member
from services.members.domain.role import Role
from services.members.domain.team import Team
from services.members.domain.unit_faults import SameWorkUnit, WorkUnitTooLarge
from services.members.domain.work_unit import WorkUnit

RECORDS_MAX: Final = 10_000
"""What one merge may change: it is one transaction, and on SQLite nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What belongs to the duplicate, and what of the survivor's can be in its way."""

    members: Sequence[Member]
    sub_units: Sequence[WorkUnit]
    """The closed ones too."""
    forwarded: Sequence[WorkUnit]
    """Those that were merged into the duplicate earlier."""
    pairings: Sequence[Pairing]
    """The past ones too, as of the next two kinds."""
    teams: Sequence[Team]
    roles: Sequence[Role]
    foreign_codes: int
    survivors_pairings: Sequence[Pairing]
    survivors_roles: Sequence[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedWorkUnits:
    """All that a merge changes, as it becomes."""

    survivor: WorkUnit
    duplicate: WorkUnit
    sub_units: Sequence[WorkUnit]
    """The survivor is not among them, though it may have hung below the duplicate."""
    forwarded: Sequence[WorkUnit]
    members: Sequence[Member]
    pairings: Sequence[Pairing]
    pairings_ended: int
    teams: Sequence[Team]
    roles: Sequence[Role]
    foreign_codes: int


def refuse_too_many(records: int, /) -> None:
    """Refuse a merge that changes more than one transaction should.

    Raises:
        WorkUnitTooLarge: It would.
    """
    if records > RECORDS_MAX:
        raise WorkUnitTooLarge(field="duplicate_id", records=records, records_max=RECORDS_MAX)


def refuse_same(survivor: WorkUnit, duplicate: WorkUnit, /) -> None:
    """Refuse to merge a work unit with itself.

    Raises:
        SameWorkUnit: Both ids stand for it.
    """
    if survivor.id == duplicate.id:
        raise SameWorkUnit(field="duplicate_id", work_unit_id=survivor.id)


def merge(
    survivor: WorkUnit,
    duplicate: WorkUnit,
    /,
    *,
    belongings: Belongings,
    survivor_hangs_below: bool,
    at: datetime,
) -> MergedWorkUnits:
    """Make the survivor of a duplicate and itself.

    Args:
        survivor: What both are from now on.
        duplicate: Another one; its id stands for the survivor from now on.
        belongings: What goes over.
        survivor_hangs_below: The survivor hangs below the duplicate: it takes the duplicate's place.
        at: From when on members belong to the survivor.

    Raises:
        AffiliationChangedLater: A member belongs to the duplicate since that moment or later.
        EndsBeforeStart: A pairing that both have began at that moment or later.
        WorkUnitKindMismatch: A social organisation is paired as one, and the survivor is none.
    """
    became = replace(
        survivor,
        parent_id=duplicate.parent_id if survivor_hangs_below else survivor.parent_id,
        revision=survivor.revision + 1,
    )
    active = {each.sides for each in belongings.survivors_pairings if each.is_active}
    pairings = [_taken_over(each, survivor, active=active, at=at) for each in belongings.pairings]
    return MergedWorkUnits(
        survivor=became,
        duplicate=replace(
            duplicate, merged_into=survivor.id, parent_id=None, revision=duplicate.revision + 1
        ),
        sub_units=[
            replace(each, parent_id=survivor.id, revision=each.revision + 1)
            for each in belongings.sub_units
            if each.id != survivor.id
        ],
        forwarded=[
            replace(each, merged_into=survivor.id, revision=each.revision + 1)
            for each in belongings.forwarded
        ],
        members=[moved_to(each, survivor.id, at=at) for each in belongings.members],
        pairings=pairings,
        pairings_ended=sum(
            was.is_active and not is_.is_active
            for was, is_ in zip(belongings.pairings, pairings, strict=True)
        ),
        teams=[
            replace(each, work_unit_id=survivor.id, revision=each.revision + 1) for each in belongings.teams
        ],
        roles=_held_once(belongings, survivor),
        foreign_codes=belongings.foreign_codes,
    )


def _taken_over(
    pairing: Pairing, survivor: WorkUnit, *, active: set[tuple[str, str, PairingKind]], at: datetime
) -> Pairing:
    """Make a pairing the survivor's; it ends if the survivor has it too."""
    of_survivor = replace(pairing, work_unit_id=survivor.id)
    if of_survivor.is_active:
        refuse_other_kind(survivor, pairing.kind, field="survivor_id")
        if of_survivor.sides in active:
            return of_survivor.end(at=at)
    return replace(of_survivor, revision=pairing.revision + 1)


def _held_once(belongings: Belongings, survivor: WorkUnit) -> list[Role]:
    """Have roles held at the survivor; one that its holder has there at the time already falls away."""
    scope = Scope(kind=ScopeKind.WORK_UNIT, id=survivor.id)
    standing = [each for each in belongings.survivors_roles if not each.withdrawn]
    held: list[Role] = []
    for role in belongings.roles:
        moved = replace(role, scope=scope, revision=role.revision + 1)
        if not moved.withdrawn and any(
            (other.member_id, other.kind) == (moved.member_id, moved.kind) and other.overlaps(moved)
            for other in standing
        ):
            moved = replace(moved, withdrawn=True)
        held.append(moved)
    return held
