"""The refusals of the service `members`.

Fault
├── NodeUnknown             no node of the grid has this id
├── WorkUnitUnknown         no work unit has this id
├── MemberUnknown           nobody on the register has this id
├── MemberMerged            the member turned out to be another one
├── MemberErased            nobody knows any more who this was
├── EnrolmentUnknown        no enrolment has this id
├── MergeUnknown            no merge has this id
├── MergeUndone             it was taken back before
├── SameMember              nobody is merged with themselves
├── CodeTaken               somebody else of the same kind has this code
├── DistrictExists          an installation is one district
├── LevelMismatch           the parent is not one level up
├── NotACommunity           members enrol with communities
├── AlreadyEnrolled         one enrolment at a time
├── EnrolmentEnded          it was ended before
├── EndsBeforeStart         it would end before it began
├── NotEnrolled             nothing in force at that time
└── NotYourSide             the community and the work unit each write their own side
"""

from services.chassis.faults import Fault


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


class NotYourSide(Fault):
    """This is the side of another: it takes a role there."""
