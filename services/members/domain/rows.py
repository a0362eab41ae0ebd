"""What becomes of the rows of a file of members."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from services.chassis.faults import InvalidField
from services.members.domain.affiliation import moved_to
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.faults import MemberDiffers, WorkUnitUnknown
from services.members.domain.identities import Identities
from services.members.domain.person import Changes, Person
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import Member, MemberType, refuse_gone
from services.members.domain.sides import Sides
from services.members.domain.vocabulary import TermKind, Vocabulary
from services.members.domain.work_unit import WorkUnit, open_unit

WORK_UNIT = "work_unit_code"
IDENTIFYING = frozenset({"name", "phone", "external_ids"})
"""Whoever changes these may come to look like somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that makes sense by itself."""

    member_id: str
    """For whom it puts on the register, if it does."""
    code: str
    work_unit_code: str
    """Empty: not stated."""
    stated: Changes = field(repr=False)
    """Of the external ids those that are stated; name and type always are."""
    at: datetime
    updates: bool
    """What it states becomes true, if the register has it otherwise."""
    accepts_duplicate: bool
    reason: str = field(repr=False)
    """Why, if it changes what was before today; empty: not stated."""
    stated_by: str
    """The caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a row came to."""

    person: Person
    was: Person | None
    """None if the row put them on the register."""

    @property
    def is_stated(self) -> bool:
        """Say whether a fact tells of it."""
        return self.was is None or self.was.member.revision < self.person.member.revision

    @property
    def has_moved(self) -> bool:
        """Say whether the row let somebody known belong elsewhere."""
        return self.was is not None and self.was.member.past_work_units != self.person.member.past_work_units


class Rows:
    """Decides rows in their order; a later one sees what became of earlier ones."""

    def __init__(
        self,
        *,
        persons: Mapping[str, Person],
        work_units: Mapping[str, WorkUnit],
        identities: Identities,
        vocabulary: Vocabulary,
        sides: Sides,
        now: datetime,
        zone: tzinfo,
    ) -> None:
        """Know what the decisions rest on.

        Args:
            persons: Whom the register has, by code.
            work_units: Those that the codes that are stated stand for, by these codes.
            identities: Who may be in the way.
            vocabulary: The terms that are stated.
            sides: Which callers may write for which of these work units.
            now: The database's clock.
            zone: The district's, whose calendar says when today began.
        """
        self._persons = dict(persons)
        self._work_units = work_units
        self._identities = identities
        self._vocabulary = vocabulary
        self._sides = sides
        self._now = now
        self._zone = zone

    def decide(self, row: Row, /) -> Outcome:
        """Put a person on the register, or compare with whom it has.

        Raises:
            MemberMerged: The code is of somebody who turned out to be somebody else.
            MemberErased: Nobody knows any more whose code it was.
            MemberDiffers: The register has it otherwise, and the row does not update.
            PossibleDuplicate: Somebody of another code looks the same, and the row does not accept that.
            ExternalIdTaken: Another member has an external id.
            WorkUnitUnknown: No work unit has the code.
            WorkUnitClosed: It exists no longer, and somebody would come to belong to it.
            AffiliationChangedLater: The member's work unit changed at that time or later.
            ReasonRequired: It changed before today, and the row does not say why.
            NotYourSide: The caller may not write for that work unit.
            TermUnknown: The vocabulary has no such skill or service type.
            TermRetired: One of them is no longer in use.
            InvalidField: An in-service member without a work unit.
        """
        work_unit = self._work_unit(row)
        known = self._persons.get(row.code)
        outcome = self._compare(row, known, work_unit) if known else self._register(row, work_unit)
        self._persons[row.code] = outcome.person
        return outcome

    def _work_unit(self, row: Row) -> WorkUnit | None:
        if row.work_unit_code and row.work_unit_code not in self._work_units:
            raise WorkUnitUnknown(field=WORK_UNIT, code=row.work_unit_code)
        return self._work_units.get(row.work_unit_code)

    def _register(self, row: Row, work_unit: WorkUnit | None) -> Outcome:
        if work_unit:
            self._refuse_closed(row)
        member = Member(
            id=row.member_id,
            code=row.code,
            member_type=row.stated.member_type or MemberType.RESIDENT,
            work_unit_id=work_unit.id if work_unit else None,
            registered_at=row.at,
            probationary=row.stated.probationary or False,
            revision=1,
        )
        if member.member_type is MemberType.IN_SERVICE and not work_unit:
            raise InvalidField("An in-service member has a work unit; name it.", field=WORK_UNIT)
        person = row.stated.applied_to(Person(member=member, details=PersonalDetails(name="")))
        self._refuse_in_the_way(row, person)
        self._identities.remember(person)
        return Outcome(person=person, was=None)

    def _compare(self, row: Row, known: Person, work_unit: WorkUnit | None) -> Outcome:
        refuse_gone(known.member, field="code")
        stated = row.stated
        if stated.external_ids is not None:
            # Systems that the row does not name stay as they are.
            stated = replace(stated, external_ids={**known.details.external_ids, **stated.external_ids})
        differing = stated.differing(known)
        moves = work_unit is not None and work_unit.id != known.member.work_unit_id
        if not differing and not moves:
            return Outcome(person=known, was=known)
        if not row.updates:
            fields = [*differing, WORK_UNIT] if moves else differing
            raise MemberDiffers.in_fields(fields, member_id=known.member.id)
        member = self._move(row, known.member, work_unit) if work_unit and moves else known.member
        person = stated.applied_to(replace(known, member=member))
        if person.member != known.member:
            # One row is one revision, however much it changes.
            restated = replace(person.member, revision=known.member.revision + 1)
            person = replace(person, member=restated)
        self._refuse_in_the_way(row, person, was=known, looks_new=bool(IDENTIFYING.intersection(differing)))
        self._identities.remember(person, instead_of=known)
        return Outcome(person=person, was=known)

    def _move(self, row: Row, member: Member, work_unit: WorkUnit) -> Member:
        self._refuse_closed(row)
        self._sides.refuse_foreign_work_unit(row.stated_by, work_unit.id, field=WORK_UNIT)
        refuse_unexplained(row.at, reason=row.reason, now=self._now, zone=self._zone)
        return moved_to(member, work_unit.id, at=row.at)

    def _refuse_closed(self, row: Row) -> None:
        open_unit(row.work_unit_code, units=self._work_units, field=WORK_UNIT)

    def _refuse_in_the_way(
        self, row: Row, person: Person, *, was: Person | None = None, looks_new: bool = True
    ) -> None:
        for kind in TermKind:
            held = was.profile.codes(kind) if was else ()
            self._vocabulary.refuse_unusable(kind, person.profile.codes(kind), held=held)
        if looks_new and not row.accepts_duplicate:
            self._identities.refuse_lookalike(person)
        self._identities.refuse_taken(person)
