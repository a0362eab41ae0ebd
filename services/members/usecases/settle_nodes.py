"""Store what was decided about nodes and state it: the end of every change of the grid."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.grid_history import NodeHistory
from services.members.storage.facts import Cause, of_node
from services.members.storage.grid_histories import write_changes
from services.members.storage.reasons import insert_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What every change of a node states."""

    occurred_at: datetime | None
    reason: str
    """Empty: none was given."""
    stated_by: str
    """Who calls."""

    def why(self, history: NodeHistory) -> tuple[str, int, str, str]:
        """Say why a node has this revision, as reasons are kept."""
        return (history.node.id, history.node.revision, self.reason, self.stated_by)


def no_causes(_history: NodeHistory) -> list[Cause]:
    """Say that a change rests on nothing but itself."""
    return []


async def settle_changes(
    work: Work,
    *,
    before: Mapping[str, NodeHistory],
    commands: Sequence[Change],
    decided: Sequence[NodeHistory | Fault],
    causes_of: Callable[[NodeHistory], Iterable[Cause]] = no_causes,
) -> list[Written | Fault]:
    """Store changes of nodes that are locked, why they came about, and the facts that state them.

    Args:
        work: One transaction.
        before: The nodes as they are stored, by id.
        commands: In their order.
        decided: For each command.
        causes_of: The records that a decision rested on.
    """
    await write_changes(work, before=before, after=accepted(decided))
    pairs = zip(commands, decided, strict=True)
    await insert_reasons(work, [command.why(one) for command, one in pairs if not isinstance(one, Fault)])

    def settle(history: NodeHistory) -> Written:
        fact = of_node(history).make(work, causes=causes_of(history))
        return Written(id=history.node.id, facts=(fact,))

    return settle_each(decided, settle)
