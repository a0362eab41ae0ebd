"""The refusals of the service `members`; more in the other modules named so (`unit_faults`, ...).

Fault
├── NodeUnknown             no node of the grid has this id
├── WorkUnitUnknown         no work unit has this id
├── MemberUnknown           nobody on the register has this id
├── MemberMerged            the member turned out to be another one
├── MemberErased            nobody knows any more who this was
├── ExternalIdTaken         another member has this external id
├── PossibleDuplicate       another member looks the same
├── MemberDiffers           a row states otherwise than the register
├── StillEnrolled           an active enrolment has to end first
├── InvalidField
│   ├── PhoneCountry        a phone of a country that the policy does not allow
│   └── AvailabilityOverlaps   parts of the week have minutes in common
├── EtagStale               somebody changed it since it was read
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
├── NodeNotThen             nothing to read of a node before it existed or after it was closed
├── NotAfterLastChange      changes of a node are stated in the order of their dates
├── NothingChanges          the node is called so and hangs there
├── MovedUnderItself        the new parent is the node or below it
├── NodeInUse               something in the node goes on, so it cannot be closed
├── NodeUsedLater           something in the node began or ended later than it is to be merged
├── MergedWithItself        a node is not merged with itself
├── MergeTooLarge           more than one transaction should write
├── NotAChild               the node does not hang below the one that is split
├── NodeDiffers             the code is known, and the row states something else
├── NotACommunity           members enrol with communities
├── AlreadyEnrolled         one enrolment at a time
├── EnrolmentEnded          it was ended before
├── EndsBeforeStart         it would end before it began
├── NotEnrolled             nothing in force at that time
├── WorkUnitClosed          this work unit exists no longer
├── TeamUnknown             no team has this id
├── TeamClosed              this team exists no longer
├── TeamUsedLater           it cannot have closed before it was used
├── MembershipUnknown       no membership of a team has this id
├── MembershipEnded         it was ended before
├── AlreadyInTeam           one membership of a team at a time
├── RoleUnknown             no role has this id
├── RoleEnded               it is held no longer
├── RoleHeld                the member has this role there already
├── FirstSecretaryExists    a community has one first secretary
├── ScopeNotAllowed         this role is held elsewhere
├── ReasonRequired          what changes the past says why
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
    """Somebody changed it since it was read; read it again and decide anew."""


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


class NodeNotThen(Fault):
    """This part of the grid did not exist at that time; ask for a time in which it did."""


class NotAfterLastChange(Fault):
    """Changes of a node are stated in the order of their dates; state a time after its last one."""


class NothingChanges(Fault):
    """The node is called so and hangs there; nothing would change."""


class MovedUnderItself(Fault):
    """A node cannot hang below itself or below what is under it; name another parent."""


class NodeInUse(Fault):
    """Something in this part of the grid goes on; move or end it first, or merge the node into another."""


class NodeUsedLater(Fault):
    """Something in this part of the grid began or ended later than that; state a later time."""


class MergedWithItself(Fault):
    """A node is not merged with itself; name others."""


class MergeTooLarge(Fault):
    """Merging this touches more records than fit one transaction; transfer enrolments first."""


class NotAChild(Fault):
    """This node does not hang below the one that is split; name its own."""


class NodeDiffers(Fault):
    """The code is known and the row states something else; correct the row, or let it update."""


class NotACommunity(Fault):
    """Members enrol with a community; name a node of that level."""


class AlreadyEnrolled(Fault):
    """The member is enrolled, or was at that time; end that enrolment first, or state a later time."""


class EnrolmentEnded(Fault):
    """This enrolment has ended already."""


class EndsBeforeStart(Fault):
    """It ends after it began; state a later time."""


class NotEnrolled(Fault):
    """The member was not enrolled at that time."""


class WorkUnitClosed(Fault):
    """This work unit exists no longer; name another."""


class TeamUnknown(Fault):
    """There is no such team."""


class TeamClosed(Fault):
    """This team exists no longer; name another."""


class TeamUsedLater(Fault):
    """Somebody joined, left or had a role in this team after that; state a later time."""


class MembershipUnknown(Fault):
    """No membership of a team has this id."""


class MembershipEnded(Fault):
    """This membership has ended already."""


class AlreadyInTeam(Fault):
    """The member belongs to this team, or did at that time; end that first, or state a later time."""


class RoleUnknown(Fault):
    """There is no such role."""


class RoleEnded(Fault):
    """This role is held no longer."""


class RoleHeld(Fault):
    """The member holds this role there at that time already."""


class FirstSecretaryExists(Fault):
    """A community has one first secretary at a time; revoke that role first, or state another time."""


class ScopeNotAllowed(Fault):
    """This role is not held at such a place."""


class ReasonRequired(InvalidField):
    """What changes the past, before today, needs a reason; state why."""


class NotYourSide(Fault):
    """This is the side of another: it takes a role there."""
