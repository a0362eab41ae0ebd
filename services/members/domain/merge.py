"""Merging two members who turned out to be one person.

Merges are a forest: whoever was merged stands, through one merge or several, for the one at the end, who was
not. A record has a home, the member it was entered for, and belongs to whom its home stands for. So merges
can be taken back in any order, and what is left is as if only the others had been made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.members.domain.faults import MergeUndone, SameMember
from services.members.domain.register import Member, refuse_gone


class BelongingKind(StrEnum):
    """What belongs to a member and can come to belong to another."""

    ENROLMENT = "ENROLMENT"
    TEAM_MEMBERSHIP = "TEAM_MEMBERSHIP"
    ROLE = "ROLE"
    CONSENT = "CONSENT"
    TERM = "TERM"
    """A skill or a service type: a word that both may have, and no record."""


class Outcome(StrEnum):
    """What a merge made of a record."""

    MOVED = "MOVED"
    WITHDRAWN = "WITHDRAWN"


class RecordKey(NamedTuple):
    kind: BelongingKind
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A record that belongs to a member, as far as merging looks at it."""

    key: RecordKey
    member_id: str
    place: tuple[str, ...]
    """Of those in one place, a member has one at a time: in a team, under a role and its scope."""
    starts_at: datetime
    ends_at: datetime | None
    withdrawn: bool
    revision: int

    @property
    def is_consent(self) -> bool:
        return self.key.kind is BelongingKind.CONSENT

    def excludes(self, other: "Belonging", /) -> bool:
        """Say whether one person cannot have both."""
        if (self.key.kind, self.place) != (other.key.kind, other.place):
            return False
        begins_before = other.ends_at is None or self.starts_at < other.ends_at
        return begins_before and (self.ends_at is None or other.starts_at < self.ends_at)

    def of(self, member_id: str, /) -> "Belonging":
        return replace(self, member_id=member_id, revision=self.revision + 1)

    def withdraw(self, *, at: datetime) -> "Belonging":
        """Let it fall away, as if it had never been; a consent is revoked, as it may have been used."""
        if self.is_consent:
            return replace(self, ends_at=max(at, self.starts_at), revision=self.revision + 1)
        return replace(self, withdrawn=True, revision=self.revision + 1)

    def reinstate(self, member_id: str, /) -> "Belonging":
        back = self.of(member_id)
        return replace(back, ends_at=None) if self.is_consent else replace(back, withdrawn=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two members that turned out to be one."""

    id: str
    survivor_id: str
    duplicate_id: str
    reason: str
    merged_by: str
    merged_at: datetime
    undone_by: str | None = None
    undone_at: datetime | None = None
    undone_reason: str | None = None

    def undo(self, *, by: str, at: datetime, reason: str) -> "Merge":
        """Take it back.

        Raises:
            MergeUndone: It was taken back before.
        """
        if self.undone_at is not None:
            raise MergeUndone(merge_id=self.id, undone_at=self.undone_at.isoformat())
        return replace(self, undone_by=by, undone_at=at, undone_reason=reason)


def refuse_merging(*, survivor: Member, duplicate: Member) -> None:
    """Refuse to merge members who cannot be merged.

    Raises:
        SameMember: They are the same.
        MemberMerged, MemberErased: One of them is no longer a member of its own.
    """
    if survivor.id == duplicate.id:
        raise SameMember(field="duplicate_id")
    refuse_gone(survivor, field="survivor_id")
    refuse_gone(duplicate, field="duplicate_id")


def falling_away(*, of_survivor: Iterable[Belonging], of_duplicate: Iterable[Belonging]) -> list[Belonging]:
    """Say what falls away, so that what is left of both can belong to one person.

    What lasts goes before what has ended, or somebody who is enrolled would be so no longer; then the
    survivor's before the duplicate's. Of consents, see `consents_ended`.
    """
    by_rank = sorted(
        (each.ends_at is not None, place, each.starts_at, each.key, each)
        for place, of_one in enumerate((of_survivor, of_duplicate))
        for each in of_one
        if not each.is_consent
    )
    kept: list[Belonging] = []
    fallen: list[Belonging] = []
    for *_, each in by_rank:
        has_no_room = any(each.excludes(other) for other in kept)
        (fallen if has_no_room else kept).append(each)
    return fallen


def consents_ended(*, of_survivor: Sequence[Belonging], of_duplicate: Sequence[Belonging]) -> list[Belonging]:
    """Say which consents in force end: a person's last word counts, under whichever id it was said.

    So one that was revoked under the other id since it was given ends; of two in force, the duplicate's.
    """

    def is_overruled(each: Belonging, others: Sequence[Belonging], *, by_those_in_force: bool) -> bool:
        return any(
            by_those_in_force if other.ends_at is None else other.ends_at >= each.starts_at
            for other in others
            if other.is_consent and other.place == each.place
        )

    return [
        each
        for mine, others, by_those_in_force in (
            (of_survivor, of_duplicate, False),
            (of_duplicate, of_survivor, True),
        )
        for each in mine
        if each.is_consent and each.ends_at is None
        if is_overruled(each, others, by_those_in_force=by_those_in_force)
    ]


def moving(
    *, of_survivor: Sequence[Belonging], of_duplicate: Sequence[Belonging], fallen: Sequence[Belonging]
) -> list[Belonging]:
    """Say what of the duplicate's becomes the survivor's: all that does not fall away.

    But for past consents that overlap with the survivor's: they stay where they are, since nothing rests on
    them any more.
    """
    return [
        each
        for each in of_duplicate
        if each not in fallen and not (each.is_consent and any(each.excludes(other) for other in of_survivor))
    ]


def reinstated(*, withdrawn: Sequence[Belonging], rivals: Iterable[Belonging]) -> list[Belonging]:
    """Say which of those withdrawn can hold again.

    Args:
        withdrawn: Of one member, as they would hold.
        rivals: What the member has beside them. Of a role that only one person holds at a time none ever
            falls away: two who were one held it one after the other.
    """
    standing = list(rivals)
    back: list[Belonging] = []
    for each in sorted(withdrawn, key=lambda one: (one.ends_at is not None, one.starts_at, one.key)):
        if not any(each.excludes(other) for other in standing):
            standing.append(each)
            back.append(each)
    return back


def stands_for(member_id: str, /, *, merges: Mapping[str, str]) -> str:
    """Follow merges to their end.

    Args:
        member_id: Anybody.
        merges: Those in force: from duplicate to survivor.
    """
    while member_id in merges:
        member_id = merges[member_id]
    return member_id
