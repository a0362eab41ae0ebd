"""The refusals of transfers, corrections and renewals of enrolments.

Fault
├── SameCommunity           the member is enrolled there
├── EnrolmentsOverlap       one enrolment at a time, in the past too
├── NotEndedYet             what has no end cannot have a wrong one
├── NothingToCorrect        it is recorded like that
├── NoNeighbour             nothing begins or ends where this one does
├── RenewedAlready          once in a period
└── RenewalNotRequired      the district does not ask for it
"""

from services.chassis.faults import Fault


class SameCommunity(Fault):
    """The member is enrolled with this community; name another."""


class EnrolmentsOverlap(Fault):
    """Another enrolment of the member was in force then; correct that first, or move the common boundary."""


class NotEndedYet(Fault):
    """This enrolment has not ended, so no end of it can be corrected; end it."""


class NothingToCorrect(Fault):
    """The enrolment is recorded with these times; nothing would change."""


class NoNeighbour(Fault):
    """No enrolment of the member begins or ends where this one does; leave `move_neighbour` unset."""


class RenewedAlready(Fault):
    """This enrolment was renewed for that period already."""


class RenewalNotRequired(Fault):
    """The policy of the register asks for no renewal."""
