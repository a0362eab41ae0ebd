"""The refusals of the service `members`.

Fault
├── NodeUnknown             no node of the grid has this id
├── WorkUnitUnknown         no work unit has this id
├── MemberUnknown           nobody on the register has this id
├── MemberMerged            the member turned out to be another one
├── MemberErased            nobody knows any more who this was
├── EtagStale               the member was changed since it was read
├── ExternalIdTaken         another member has this external id
├── PossibleDuplicate       another member looks the same
├── MemberDiffers           a row states otherwise than the register
├── StillEnrolled           an active enrolment has to end first
├── InvalidField
│   ├── PhoneCountry        a phone of a country that the policy does not allow
│   └── AvailabilityOverlaps   parts of the week have minutes in common
├── TermUnknown             the vocabulary has no such term
├── TermExists              it has this one already
├── TermRetired             it is no longer in use
├── ConsentGiven            it holds already
├── ConsentNotGiven         there is none to revoke
├── ConsentOutOfOrder       at that time it was already otherwise
├── EnrolmentUnknown        no enrolment has this id
├── MergeUnknown            no merge has this id
├── MergeUndone             it was taken back before
├── SameMember              nobody is merged with themselves
├── CodeTaken               somebody else of the same kind has this code
├── DistrictExists          an installation is one district
├── LevelMismatch           the parent is not one level up
├── NodeClosed              nothing goes on in a node that was closed
├── NodeNotYet              the node did not exist yet
├── NotACommunity           members enrol with communities
├── AlreadyEnrolled         one enrolment at a time
├── EnrolmentEnded          it was ended before
├── EndsBeforeStart         it would end before it began
├── NotEnrolled             nothing in force at that time
├── StatementUnknown        no feedback statement has this id
├── StatementFrozen         it was sent, and never changes
├── StatementNotReady       its figures are still being computed
├── StatementNotSent        a draft is not acknowledged
├── StatementAcknowledged   somebody took note before
├── StatementReplied        somebody answered before
├── StatementSuperseded     there is a newer version
└── NotYourSide             the community and the work unit each write their own side
"""

from collections.abc import Iterable
from typing import Self

from services.chassis.faults import Fault, InvalidField, Violation


class NodeUnknown(Fault):
    """The grid has no such node."""


class WorkUnitUnknown(Fault):
    """There is no such work unit."""


class MemberUnknown(Fault):
    """Nobody on the register has this id."""


class MemberMerged(Fault):
    """This member turned out to be another one; name the survivor."""


class MemberErased(Fault):
    """This member was erased; nothing more is written about them."""


class EtagStale(Fault):
    """The member was changed since this etag was read; read it again and decide anew."""


class ExternalIdTaken(Fault):
    """Another member has this external id."""


class PossibleDuplicate(Fault):
    """Another member has this name and this phone or external id; accept the duplicate if they are two."""


class MemberDiffers(Fault):
    """The register has this member otherwise; correct the row, or say that it updates."""

    @classmethod
    def in_fields(cls, fields: Iterable[str], /, *, member_id: str) -> Self:
        """Blame each field that differs; no value is told."""
        fault = cls(member_id=member_id)
        fault.violations = tuple(
            Violation(place=field, problem="The register has it otherwise.") for field in fields
        )
        return fault


class StillEnrolled(Fault):
    """The member is enrolled; end that enrolment first."""


class PhoneCountry(InvalidField):
    """This phone is of a country that the policy does not allow."""


class AvailabilityOverlaps(InvalidField):
    """Two parts of the week have minutes in common; make one of them."""


class TermUnknown(Fault):
    """The vocabulary has no such term."""


class TermExists(Fault):
    """The vocabulary has a term of this code already."""


class TermRetired(Fault):
    """This term is no longer in use."""


class ConsentGiven(Fault):
    """This consent holds already."""


class ConsentNotGiven(Fault):
    """There is no consent to revoke."""


class ConsentOutOfOrder(Fault):
    """At that time it was already otherwise; state a later one."""


class EnrolmentUnknown(Fault):
    """There is no such enrolment."""


class MergeUnknown(Fault):
    """There is no such merge."""


class MergeUndone(Fault):
    """This merge was taken back already."""


class SameMember(Fault):
    """A member is merged with another one; name two."""


class CodeTaken(Fault):
    """This code is taken; codes are unique in the district."""


class DistrictExists(Fault):
    """This installation has its district already; add streets below it."""


class LevelMismatch(Fault):
    """The parent must be exactly one level up."""


class NodeClosed(Fault):
    """This part of the grid was closed; name one that is open, such as its successor."""


class NodeNotYet(Fault):
    """This part of the grid did not exist yet at that time; state a later time."""


class NotACommunity(Fault):
    """Members enrol with a community; name a node of that level."""


class AlreadyEnrolled(Fault):
    """The member is enrolled, or was at that time; end that enrolment first, or state a later time."""


class EnrolmentEnded(Fault):
    """This enrolment has ended already."""


class EndsBeforeStart(Fault):
    """An enrolment ends after it began; state a later time."""


class NotEnrolled(Fault):
    """The member was not enrolled at that time."""


class StatementUnknown(Fault):
    """There is no such statement."""


class StatementFrozen(Fault):
    """This statement was sent and never changes; correct it, which makes a new version."""


class StatementNotReady(Fault):
    """The figures of this statement are still being computed; try again when it is a draft."""


class StatementNotSent(Fault):
    """This statement was not sent yet."""


class StatementAcknowledged(Fault):
    """This statement was acknowledged already."""


class StatementReplied(Fault):
    """This statement was replied to already."""


class StatementSuperseded(Fault):
    """There is a newer version of this statement; name that."""


class NotYourSide(Fault):
    """This is the side of another: it takes a role there."""
