"""The life of a reward run: planned → approved → executing → executed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.points.domain.faults import DigestMismatch, NotExecuted, WrongState
from services.points.domain.second_person import must_be_a_second_person


class RunState(StrEnum):
    PLANNED = "planned"
    """Frozen, waits for a second person."""
    APPROVED = "approved"
    EXECUTING = "executing"
    """Lines are being issued."""
    EXECUTED = "executed"
    """Every line is issued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    run_id: str
    state: RunState
    digest: str
    """Of the plan."""
    planned_by: str
    planned_at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None
    executed_at: datetime | None = None


def approve(*, run: Run, digest: str, approved_by: str, now: datetime) -> Run:
    """Approve exactly the plan that was looked at.

    Raises:
        WrongState: It was approved before.
        SamePerson: Whoever planned it cannot approve it.
        DigestMismatch: The digest is of another plan.
    """
    _must_stand_at(RunState.PLANNED, run=run)
    must_be_a_second_person(maker=run.planned_by, checker=approved_by)
    if digest != run.digest:
        raise DigestMismatch(field="digest", run_id=run.run_id)
    return replace(run, state=RunState.APPROVED, approved_by=approved_by, approved_at=now)


def begin_execution(*, run: Run, was_given_up: bool) -> Run:
    """Begin to issue; a job that resumes has begun already and does not begin again.

    Args:
        run: Approved, or executing by a job that was given up: the lines it issued stay issued.
        was_given_up: No job goes on with it.

    Raises:
        WrongState: Not approved, or begun before and going on.
    """
    if run.state is RunState.EXECUTING and was_given_up:
        return run
    _must_stand_at(RunState.APPROVED, run=run)
    return replace(run, state=RunState.EXECUTING)


def must_be_executing(*, run: Run) -> None:
    """Issue nothing of a run whose execution was not begun.

    Raises:
        WrongState: The run stands before it, or behind it.
    """
    _must_stand_at(RunState.EXECUTING, run=run)


def complete_execution(*, run: Run, now: datetime) -> Run:
    """Close the run once every line is issued.

    Raises:
        WrongState: It was not executing.
    """
    _must_stand_at(RunState.EXECUTING, run=run)
    return replace(run, state=RunState.EXECUTED, executed_at=now)


def must_be_executed(*, run: Run) -> None:
    """Give no receipt before every line is issued.

    Raises:
        NotExecuted: The run stands before its end.
    """
    if run.state is not RunState.EXECUTED:
        raise NotExecuted(run_id=run.run_id, state=run.state)


def _must_stand_at(state: RunState, *, run: Run) -> None:
    if run.state is not state:
        raise WrongState(
            f"The run is {run.state}; this step begins where it is {state}.",
            run_id=run.run_id,
            state=run.state,
            needed=state,
        )
