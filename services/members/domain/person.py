"""A member as a person: who they are, what they can and offer to do, and when."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from services.chassis.faults import InvalidField
from services.members.domain.availability import Slot
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import Member, MemberType
from services.members.domain.vocabulary import TermKind

ETAG_CHARACTERS: Final = 20

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a member can, offers to do, and when."""

    skills: tuple[str, ...] = ()
    """Codes of the vocabulary, in their order."""
    service_types: tuple[str, ...] = ()
    """Codes of the vocabulary, in their order."""
    availability: tuple[Slot, ...] = ()
    """In the order of the week."""

    def codes(self, kind: TermKind, /) -> tuple[str, ...]:
        return self.skills if kind is TermKind.SKILL else self.service_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member with all that is kept about them."""

    member: Member
    details: PersonalDetails
    profile: Profile = Profile()

    @property
    def etag(self) -> str:
        """Name this state of the person; another state has another name."""
        state = (
            self.member.id,
            self.member.revision,
            self.details.name,
            self.details.sort_name,
            self.details.phone,
            sorted(self.details.external_ids.items()),
            self.profile.skills,
            self.profile.service_types,
            [(each.weekday, each.starts_minute, each.ends_minute) for each in self.profile.availability],
        )
        return hashlib.sha256(json.dumps(state).encode()).hexdigest()[:ETAG_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is stated about a person; None: nothing."""

    member_type: MemberType | None = None
    probationary: bool | None = None
    name: str | None = field(default=None, repr=False)
    sort_name: str | None = field(default=None, repr=False)
    """Empty: to be made of the name."""
    phone: str | None = field(default=None, repr=False)
    """E.164; empty: none."""
    external_ids: Mapping[str, str] | None = field(default=None, repr=False)
    """All of them, by system."""
    skills: tuple[str, ...] | None = None
    service_types: tuple[str, ...] | None = None
    availability: tuple[Slot, ...] | None = None

    def differing(self, person: Person, /) -> list[str]:
        """Name the fields that are stated and otherwise, in their order."""
        member, details, profile = person.member, person.details, person.profile
        compared = (
            ("name", self.name, details.name),
            ("member_type", self.member_type, member.member_type),
            ("probationary", self.probationary, member.probationary),
            # An empty one follows from the name.
            ("sort_name", self.sort_name or None, details.sort_name),
            ("phone", self.phone, details.phone),
            ("external_ids", self.external_ids, details.external_ids),
            ("skills", self.skills, profile.skills),
            ("service_types", self.service_types, profile.service_types),
            ("availability", self.availability, profile.availability),
        )
        return [name for name, stated, held in compared if stated is not None and stated != held]

    def applied_to(self, person: Person, /) -> Person:
        """Make what is stated true.

        Raises:
            InvalidField: An in-service member without a work unit.
        """
        return Person(
            member=self._member(person.member),
            details=self._details(person.details),
            profile=Profile(
                skills=_either(self.skills, person.profile.skills),
                service_types=_either(self.service_types, person.profile.service_types),
                availability=_either(self.availability, person.profile.availability),
            ),
        )

    def _member(self, held: Member) -> Member:
        member = replace(
            held,
            member_type=self.member_type or held.member_type,
            probationary=held.probationary if self.probationary is None else self.probationary,
        )
        if member == held:
            return held
        if member.member_type is MemberType.IN_SERVICE and not member.work_unit_id:
            raise InvalidField("An in-service member has a work unit; state it first.", field="member_type")
        return replace(member, revision=held.revision + 1)

    def _details(self, held: PersonalDetails) -> PersonalDetails:
        name = _either(self.name, held.name)
        follows = "" if name != held.name else held.sort_name
        return PersonalDetails(
            name=name,
            sort_name=_either(self.sort_name, follows),
            phone=_either(self.phone, held.phone),
            external_ids=_either(self.external_ids, held.external_ids),
        )


def _either(stated: Value | None, held: Value) -> Value:
    return held if stated is None else stated
