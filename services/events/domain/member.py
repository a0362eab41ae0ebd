"""Members, as far as this service knows them: by what `members` told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.events.domain.faults import MemberErased, MemberMerged, MemberUnknown

_PERSON: Final = "member:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMember:
    """A member that was told of."""

    member_id: str
    revision: int
    merged_into: str
    """The member that this one turned out to be; empty if it was not merged."""
    is_erased: bool

    @property
    def person_id(self) -> str:
        """Whom the id stands for."""
        return self.merged_into or self.member_id


def refuse_absent(member_id: str, /, *, known: Mapping[str, KnownMember]) -> None:
    """Let a write that names a member pass only if there is somebody to write about.

    Raises:
        MemberUnknown: Nobody has told of such a member.
        MemberMerged: The id stands for another member.
        MemberErased: Nobody knows any more who it was.
    """
    member = known.get(member_id)
    if member is None:
        raise MemberUnknown(field="member_id", member_id=member_id)
    if member.merged_into:
        raise MemberMerged(field="member_id", member_id=member_id, survivor_id=member.merged_into)
    if member.is_erased:
        raise MemberErased(field="member_id", member_id=member_id)


def caller_as_recorded(caller: str, member_id: str, /, *, known: Mapping[str, KnownMember]) -> str:
    """Name a caller by the id under which something of a member was recorded, if they are the same person.

    So nobody confirms their own under the other of two ids.

    Args:
        caller: `member:<id>` or `service:<name>`.
        member_id: Whose record it is.
        known: The member, and the caller if it is a person, as far as they were told of.
    """
    if not caller.startswith(_PERSON):
        return caller
    caller_id = caller.removeprefix(_PERSON)
    is_same = _person_id(caller_id, known) == _person_id(member_id, known)
    return f"{_PERSON}{member_id}" if is_same else caller


def persons_calling(callers: Iterable[str], /) -> set[str]:
    """Give the member ids of those callers who are persons."""
    return {each.removeprefix(_PERSON) for each in callers if each.startswith(_PERSON)}


def _person_id(member_id: str, known: Mapping[str, KnownMember]) -> str:
    return known[member_id].person_id if member_id in known else member_id
