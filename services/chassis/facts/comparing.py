"""Compares a log with what a consumer kept of it: does it go on from there, and up to where do both agree?

A fact id is random and given once, at one position after one predecessor. So two logs that hold the same fact
at a position hold the same facts before it, however often either was restored: agreement is a prefix, and its
end is found by halving.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from linli.feed.v1.fact_pb2 import Cursor
from linli.feed.v1.feed_pb2 import PullRequest

from services.chassis.facts.pulling import Pull, ask
from services.chassis.faults import LogDiverged

ReadFactId = Callable[[int], Awaitable[str]]
"""Reads the id of the fact that is kept at a position; empty if none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How a log stands to what is kept of it."""

    kept: Cursor
    head: Cursor
    """The end of the log, as it now is."""
    has_diverged: bool
    """The log does not hold the last fact that is kept."""

    @property
    def was_replaced(self) -> bool:
        return self.has_diverged and self.head.log_id != self.kept.log_id

    @property
    def reason(self) -> str:
        """Say in words what became of the log; empty if it is followed."""
        if self.was_replaced:
            return (
                f"It is another log now ({self.head.log_id}), not the one that was kept "
                f"({self.kept.log_id}): its database was replaced."
            )
        if self.has_diverged:
            return (
                f"It ends at {self.head.position} and does not hold the fact that was kept at "
                f"{self.kept.position}: its database was restored to an earlier state."
            )
        return ""


async def compare(*, pull: Pull, log: str, kept: Cursor) -> Compared:
    """Ask a log whether it goes on from what is kept.

    Raises:
        LogUnreachable: It cannot be asked now.
    """
    try:
        pulled = await ask(pull, PullRequest(log=log, after=kept, max_facts=1))
        return Compared(kept=kept, head=pulled.head, has_diverged=False)
    except LogDiverged:
        pulled = await ask(pull, PullRequest(log=log, max_facts=1))
        return Compared(kept=kept, head=pulled.head, has_diverged=True)


async def find_common(*, pull: Pull, log: str, compared: Compared, read_fact_id: ReadFactId) -> Cursor:
    """Find the last fact that a diverged log and what is kept of it both hold; position 0 if there is none.

    Raises:
        LogUnreachable: It cannot be asked now.
    """
    common = Cursor(log_id=compared.head.log_id)
    if compared.was_replaced:
        return common
    low, high = 0, min(compared.kept.position - 1, compared.head.position)
    # The interval is halved each time: at most 63 rounds.
    while low < high:
        middle = (low + high + 1) // 2
        probe = Cursor(log_id=common.log_id, position=middle, fact_id=await read_fact_id(middle))
        if await _holds(pull, log, probe):
            low, common = middle, probe
        else:
            high = middle - 1
    return common


async def _holds(pull: Pull, log: str, probe: Cursor) -> bool:
    try:
        await ask(pull, PullRequest(log=log, after=probe, max_facts=1))
    except LogDiverged:
        return False
    return True
