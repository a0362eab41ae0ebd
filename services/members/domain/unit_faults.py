"""The refusals of work units, of pairings, and of where members belong.

Fault
├── WorkUnitDiffers           a row states otherwise than the register
├── WorkUnitUnderItself       it would hang under itself
├── WorkUnitInUse             something belongs to it still
├── WorkUnitUsedLater         it cannot have closed before it was used
├── WorkUnitTooLarge          one merge changes so many records only
├── WorkUnitKindMismatch      a social organisation is paired as one
├── SameWorkUnit              nothing is merged with itself
├── PairingUnknown            no pairing has this id
├── PairingExists             one active pairing of a kind between the two
├── PairingEnded              it was ended before
├── AlreadyInWorkUnit         that is the member's work unit
└── AffiliationChangedLater   changes of a member's work unit are dated in order
"""

from collections.abc import Iterable
from typing import Self

from services.chassis.faults import Fault, Violation


class WorkUnitDiffers(Fault):
    """There is this work unit otherwise; correct the row, or say that it updates."""

    @classmethod
    def in_fields(cls, fields: Iterable[str], /, *, work_unit_id: str) -> Self:
        """Blame each field that differs."""
        fault = cls(work_unit_id=work_unit_id)
        fault.violations = tuple(
            Violation(place=field, problem="The register has it otherwise.") for field in fields
        )
        return fault


class WorkUnitUnderItself(Fault):
    """A work unit cannot hang under itself or one below it; name another."""


class WorkUnitInUse(Fault):
    """Something belongs to this work unit still; move or end that first."""


class WorkUnitUsedLater(Fault):
    """Somebody belonged to this work unit, or it was paired, after that; state a later time."""


class WorkUnitTooLarge(Fault):
    """More records would change than one merge may; merge the other way round, or move members first."""


class WorkUnitKindMismatch(Fault):
    """A pairing of a social organisation is with a work unit of that kind."""


class SameWorkUnit(Fault):
    """Both ids stand for the same work unit; name two."""


class PairingUnknown(Fault):
    """There is no such pairing."""


class PairingExists(Fault):
    """They are paired so, or were at that time; end that pairing first, or state a later time."""


class PairingEnded(Fault):
    """This pairing has ended already."""


class AlreadyInWorkUnit(Fault):
    """The member belongs to this work unit already."""


class AffiliationChangedLater(Fault):
    """The member's work unit changed at that time or later; state a later time."""
