"""The refusals of feedback statements.

Fault
├── StatementUnknown        no feedback statement has this id
├── StatementFrozen         it was sent, and never changes
├── StatementNotReady       its figures are still being computed
├── StatementNotSent        a draft is not acknowledged
├── StatementAcknowledged   somebody took note before
├── StatementReplied        somebody answered before
└── StatementSuperseded     there is a newer version
"""

from services.chassis.faults import Fault


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
