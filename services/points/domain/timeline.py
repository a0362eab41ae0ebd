"""Which rules are in force when.

An installation may have rule sets of several names side by side (say, the district's and one of a programme):
each name has its own line of versions, half-open from one version's date to the next one's, and a fact is
scored by the version in force of *every* name. Versions of one name never overlap: a name scores a fact once.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple

from services.points.domain.fact import Trigger
from services.points.domain.faults import AlreadyApproved, VersionOutOfOrder
from services.points.domain.rule_set import Rule, RuleSet
from services.points.domain.second_person import must_be_a_second_person


class RuleSetState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"


class Step(NamedTuple):
    """A rule in force, with the version it belongs to."""

    rule_set: RuleSet
    rule: Rule


Steps = Mapping[Trigger, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The approved versions of all names; made by `Timeline.of`."""

    rule_sets: tuple[RuleSet, ...]
    """In the order of name and date."""
    _starts: tuple[datetime, ...]
    """The moments at which any version comes into force, ascending."""
    _steps: tuple[Steps, ...]
    """What is in force from each start to the next; names in order, rules as declared."""

    @classmethod
    def of(cls, rule_sets: Iterable[RuleSet]) -> "Timeline":
        """Lay approved versions out in time, whatever order they come in.

        Raises:
            VersionOutOfOrder: Two versions of a name share a date, or dates and numbers disagree.
        """
        ordered = tuple(sorted(rule_sets, key=lambda each: (each.name, each.effective_from, each.version)))
        for earlier, later in pairwise(ordered):
            if earlier.name == later.name:
                _must_follow(later, earlier=earlier)
        starts = tuple(sorted({each.effective_from for each in ordered}))
        return cls(ordered, starts, tuple(_steps_at(ordered, start) for start in starts))

    def in_force(self, at: datetime) -> tuple[RuleSet, ...]:
        """List the version in force of each name at a moment, in the order of names."""
        return _in_force(self.rule_sets, at)

    def in_force_during(self, *, starts_at: datetime, ends_at: datetime) -> tuple[RuleSet, ...]:
        """List every version in force at some moment of [starts_at, ends_at), by name and date."""
        at_start = self.in_force(starts_at)
        return tuple(
            each for each in self.rule_sets if each in at_start or starts_at <= each.effective_from < ends_at
        )

    def steps(self, *, trigger: Trigger, at: datetime) -> tuple[Step, ...]:
        """List the rules that score a fact, in the order of their evaluation."""
        index = bisect_right(self._starts, at) - 1
        return self._steps[index].get(trigger, ()) if index >= 0 else ()

    def taking_up(self, draft: RuleSet) -> "Timeline":
        """Add the next version of its name.

        Raises:
            VersionOutOfOrder: An approved version of the name has that number or date, or a later one.
        """
        for approved in self.rule_sets:
            if approved.name == draft.name:
                _must_follow(draft, earlier=approved)
        return Timeline.of((*self.rule_sets, draft))


def approve(
    *, draft: RuleSet, state: RuleSetState, created_by: str, approved_by: str, timeline: Timeline
) -> Timeline:
    """Put a draft in force, and give the timeline with it.

    Its date may lie in the past: everybody is then assessed anew from that date on.

    Raises:
        AlreadyApproved: It is in force.
        SamePerson: Whoever wrote it cannot approve it.
        VersionOutOfOrder: An approved version of the name has that number or date, or a later one.
    """
    if state is RuleSetState.APPROVED:
        raise AlreadyApproved(rule_set_id=draft.rule_set_id)
    must_be_a_second_person(maker=created_by, checker=approved_by)
    return timeline.taking_up(draft)


def _must_follow(later: RuleSet, *, earlier: RuleSet) -> None:
    if later.version <= earlier.version or later.effective_from <= earlier.effective_from:
        raise VersionOutOfOrder(name=later.name, version=later.version, approved_version=earlier.version)


def _in_force(ordered: tuple[RuleSet, ...], at: datetime) -> tuple[RuleSet, ...]:
    begun = (each for each in ordered if each.effective_from <= at)
    return tuple(list(versions)[-1] for _, versions in groupby(begun, key=lambda each: each.name))


def _steps_at(ordered: tuple[RuleSet, ...], at: datetime) -> Steps:
    steps: dict[Trigger, tuple[Step, ...]] = {}
    for rule_set in _in_force(ordered, at):
        for rule in rule_set.rules:
            steps[rule.trigger] = (*steps.get(rule.trigger, ()), Step(rule_set, rule))
    return steps
