"""Store what was decided about enrolments and state it: the end of every use case that changes some."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.enrolment import Enrolment
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import insert_enrolments, update_enrolments
from services.members.storage.facts import Cause, of_enrolment
from services.members.storage.reasons import Reason, keep_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one command does to enrolments."""

    id: str
    """The enrolment that the answer names."""
    changed: Sequence[Enrolment]
    """As they are to be: in an order in which two of a member are never in force at once."""
    reason: str
    stated_by: str
    causes: Sequence[Cause] = ()
    """The records that the decision rested on."""

    def why(self) -> list[Reason]:
        return [
            Reason(record_id=each.id, revision=each.revision, reason=self.reason, stated_by=self.stated_by)
            for each in self.changed
        ]


async def settle_enrolments(
    work: Work, decided: Sequence[Decided | Fault], *, before: Iterable[Enrolment], zone: ZoneInfo
) -> list[Written | Fault]:
    """Store enrolments of members who are locked, why they changed, and the facts that state them.

    Args:
        work: One transaction.
        decided: For each command, in their order.
        before: All that were changed as they are stored; what is not among them begins.
        zone: The district's, by whose days those enrolled are counted.
    """
    stored = {each.id: each for each in before}
    changed = [each for one in accepted(decided) for each in one.changed]
    last = {each.id: each for each in changed}
    # First what makes room, then what takes it.
    await update_enrolments(work.connection, [each for each in changed if each.id in stored])
    await insert_enrolments(work.connection, [each for each in last.values() if each.id not in stored])
    await keep_reasons(work, [each for one in accepted(decided) for each in one.why()])
    await record_changes(
        work,
        before=[stored[enrolment_id] for enrolment_id in last if enrolment_id in stored],
        after=last.values(),
        zone=zone,
    )

    def settle(one: Decided) -> Written:
        facts = tuple(of_enrolment(each).make(work, causes=one.causes) for each in one.changed)
        return Written(id=one.id, facts=facts)

    return settle_each(decided, settle)
