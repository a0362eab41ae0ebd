"""Why the events service refuses.

Fault
├── CommunityUnknown        `members` has told of no such community
├── MemberUnknown           `members` has told of no such member
├── MemberMerged            the id stands for another member
├── MemberErased            nobody knows any more who it was
├── CodeTaken               another activity, or wish, has that code
├── of activities
│   ├── ActivityUnknown
│   ├── AlreadyPublished
│   ├── PublishedTooLate    it had started by then
│   └── NotPublished        nobody can sign in yet
├── of attendances
│   ├── AttendanceUnknown
│   ├── AlreadySignedIn     the member is, or was, somewhere at that time
│   ├── OutsideWindow       too early or too late for that activity
│   ├── NotSignedIn         the member is not at that activity
│   ├── SignOutBeforeSignIn
│   ├── NotSignedOut        the stay is not over
│   ├── AlreadyConfirmed
│   ├── NotConfirmed        there is nothing to take back
│   ├── HoursRevoked        the confirmation was taken back
│   └── OwnHours            nobody confirms their own
└── of wishes
    ├── WishUnknown
    ├── WrongState          the step does not follow from the state
    ├── StepBeforePrevious  it is stated earlier than the step before it
    ├── AlreadyClaimed      somebody else was faster
    └── OwnWish             the claimer does not confirm

An activity whose times make no sense is the chassis' `InvalidField`.
"""

from services.chassis.faults import Fault


class CommunityUnknown(Fault):
    """`members` has told of no such community; after creating it, pass its position as `at_least`."""


class MemberUnknown(Fault):
    """`members` has told of no such member; after creating it, pass its position as `at_least`."""


class MemberMerged(Fault):
    """This member turned out to be another one; name the survivor."""


class MemberErased(Fault):
    """This member was erased; nothing more is written about them."""


class CodeTaken(Fault):
    """Another record has that code."""


class ActivityUnknown(Fault):
    """There is no such activity."""


class AlreadyPublished(Fault):
    """The activity was published before."""


class PublishedTooLate(Fault):
    """An activity is published before it starts."""


class NotPublished(Fault):
    """The activity is not published; nobody can sign in yet."""


class AttendanceUnknown(Fault):
    """There is no such attendance."""


class AlreadySignedIn(Fault):
    """The member is, or at that time was, at this or another activity."""


class OutsideWindow(Fault):
    """Sign-in and sign-out belong between two hours before the start and two hours after the end."""


class NotSignedIn(Fault):
    """The member is not signed in at that activity."""


class SignOutBeforeSignIn(Fault):
    """Nobody leaves before having arrived."""


class NotSignedOut(Fault):
    """The member has not signed out yet; minutes are confirmed after that."""


class AlreadyConfirmed(Fault):
    """These hours were confirmed before."""


class NotConfirmed(Fault):
    """These hours are not confirmed, so there is nothing to take back."""


class HoursRevoked(Fault):
    """The confirmation of these hours was taken back."""


class OwnHours(Fault):
    """Nobody confirms their own hours; ask another person."""


class WishUnknown(Fault):
    """There is no such wish."""


class WrongState(Fault):
    """This step does not follow from where the wish stands."""


class StepBeforePrevious(Fault):
    """A step cannot have happened before the one it follows."""


class AlreadyClaimed(Fault):
    """The wish is claimed already."""


class OwnWish(Fault):
    """The claimer does not confirm the fulfilment; ask another person."""
