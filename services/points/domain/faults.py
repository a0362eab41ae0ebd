"""Why the points service refuses.

Fault
├── RuleSetUnknown          no such version of a rule set
├── DocumentMalformed       a rule set makes no sense; carries every violation with its place
├── VersionTaken            that version of that name was written before
├── AlreadyApproved         the version is in force and immutable
├── VersionOutOfOrder       an approved version has that number or date, or a later one
├── SamePerson              maker and checker are one
├── MemberUnknown           `members` has told of no such member
├── EntryUnknown            no such entry in the ledger
├── CodeTaken               another board has that code
├── BoardUnknown            no such board
├── ScopeMismatch           a scope that the board does not have
├── NotOnBoard              the member has no points there
├── RunUnknown              no such reward run
├── BandsMalformed          bands overlap, leave a gap or end before they begin
├── BoardEmpty              nobody stands there to be rewarded
├── TieAtCutoff             equals stand across the end of a band
├── OverBudget              the plan costs more than it may
├── WrongState              the run stands elsewhere
├── DigestMismatch          the plan is not the one that was looked at
└── NotExecuted             there is no receipt yet

A period that makes no sense is refused by `services.chassis.periods`.
"""

from collections.abc import Iterable

from services.chassis.faults import Fault, Violation

VIOLATIONS_TOLD_MAX = 10
"""A refusal's text stays under 2 KB; the violations themselves are all kept."""


class RuleSetUnknown(Fault):
    """There is no such version of a rule set."""


class DocumentMalformed(Fault):
    """The rule set makes no sense; the violations name the places."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        kept = tuple(violations)
        told = kept[:VIOLATIONS_TOLD_MAX]
        untold = len(kept) - len(told)
        lines = [f"{violation.place}: {violation.problem}" for violation in told]
        lines += [f"and {untold} more"] if untold else []
        super().__init__("; ".join(lines), violations=len(kept))
        self.violations = kept


class VersionTaken(Fault):
    """This version of the rule set was written before; give the next number."""


class AlreadyApproved(Fault):
    """This version is approved and immutable; write a new version."""


class VersionOutOfOrder(Fault):
    """An approved version of this name has that number or date, or a later one."""


class SamePerson(Fault):
    """Whoever prepared it cannot approve it; a second person has to."""


class MemberUnknown(Fault):
    """There is no such member."""


class EntryUnknown(Fault):
    """There is no such entry."""


class CodeTaken(Fault):
    """Another board has this code."""


class BoardUnknown(Fault):
    """There is no such board."""


class ScopeMismatch(Fault):
    """A board by communities needs the community as scope, a board of the district none."""


class NotOnBoard(Fault):
    """The member has no points on this table."""


class RunUnknown(Fault):
    """There is no such reward run."""


class BandsMalformed(Fault):
    """Bands start at place 1 and follow each other without gap or overlap."""


class BoardEmpty(Fault):
    """Nobody stands on this table, so there is nobody to reward."""


class TieAtCutoff(Fault):
    """Members equal in all declared keys stand across the end of a band; a person has to decide."""


class OverBudget(Fault):
    """The plan costs more than the budget."""


class WrongState(Fault):
    """The run does not stand where this step begins."""


class DigestMismatch(Fault):
    """The digest is not that of this run's plan; look at the plan again."""


class NotExecuted(Fault):
    """The run is not executed yet, so there is no receipt."""
