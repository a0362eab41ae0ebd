"""Put rule sets in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.points.domain.faults import RuleSetUnknown
from services.points.domain.timeline import RuleSetState, Timeline, approve
from services.points.storage import rule_sets

MEMBER = "member"
"""The kind of subject that rules are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRuleSet:
    """Put a draft in force from its date."""

    rule_set_id: str
    approved_by: str


async def approve_rule_sets(work: Work, commands: Sequence[ApproveRuleSet]) -> list[Written | Fault]:
    """Approve drafts, in order; everybody is assessed anew after the commit."""
    versions = await rule_sets.lock_all(work.connection)
    timeline = Timeline.of(each.rule_set for each in versions.values() if each.state is RuleSetState.APPROVED)
    approvers: dict[str, str] = {}

    def decide(command: ApproveRuleSet) -> Written:
        nonlocal timeline
        draft = versions.get(command.rule_set_id)
        if draft is None:
            raise RuleSetUnknown(field="rule_set_id", rule_set_id=command.rule_set_id)
        timeline = approve(
            draft=draft.rule_set,
            state=draft.state,
            created_by=draft.created_by,
            approved_by=command.approved_by,
            timeline=timeline,
        )
        versions[command.rule_set_id] = replace(
            draft, state=RuleSetState.APPROVED, approved_by=command.approved_by
        )
        approvers[command.rule_set_id] = command.approved_by
        return Written(id=command.rule_set_id)

    outcomes = decide_each(commands, decide)
    if approvers:
        await rule_sets.approve_rule_sets(work.connection, approvers, approved_at=work.now)
        await work.mark_all(MEMBER)
    return outcomes
