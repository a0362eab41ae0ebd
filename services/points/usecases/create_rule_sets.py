"""Write drafts of rule sets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault, Violation
from services.chassis.ids import new_id
from services.chassis.work import Work, Written
from services.points.domain.faults import DocumentMalformed, VersionTaken
from services.points.domain.rule_set import RuleSet, validate
from services.points.domain.timeline import RuleSetState
from services.points.storage.rule_sets import StoredRuleSet, insert_rule_sets

DOCUMENT = "document"
"""The field of the request under which every violation has its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRuleSet:
    """Write a draft."""

    document: RuleSet
    """Its id is not given yet."""
    created_by: str


async def create_rule_sets(work: Work, commands: Sequence[CreateRuleSet]) -> list[Written | Fault]:
    """Write drafts, each decided by itself."""

    def decide(command: CreateRuleSet) -> StoredRuleSet:
        rule_set = replace(command.document, rule_set_id=new_id())
        must_make_sense(rule_set)
        return StoredRuleSet(rule_set=rule_set, state=RuleSetState.DRAFT, created_by=command.created_by)

    decided = decide_each(commands, decide)
    inserted = await insert_rule_sets(work, accepted(decided))

    def settle(draft: StoredRuleSet) -> Written:
        rule_set = draft.rule_set
        if rule_set.rule_set_id not in inserted:
            raise VersionTaken(field=f"{DOCUMENT}.version", name=rule_set.name, version=rule_set.version)
        return Written(id=rule_set.rule_set_id)

    return settle_each(decided, settle)


def must_make_sense(rule_set: RuleSet) -> None:
    """Hold a document to the rules for rules, and say where in the request it breaks them.

    Raises:
        DocumentMalformed: Carries each violation with its place in the request.
    """
    try:
        validate(rule_set)
    except DocumentMalformed as fault:
        raise DocumentMalformed.several(
            [Violation(place=f"{DOCUMENT}.{each.place}", problem=each.problem) for each in fault.violations]
        ) from None
