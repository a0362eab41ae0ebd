import pytest

from services.points.domain.faults import DigestMismatch, NotExecuted, SamePerson, WrongState
from services.points.domain.run import (
    Run,
    RunState,
    approve,
    begin_execution,
    complete_execution,
    must_be_executed,
    must_be_executing,
)
from tests.unit.points.factories import day

PLANNED = Run(run_id="run", state=RunState.PLANNED, digest="d", planned_by="member:maker", planned_at=day(1))
APPROVED = approve(run=PLANNED, digest="d", approved_by="member:checker", now=day(2))
EXECUTING = begin_execution(run=APPROVED, was_given_up=False)
EXECUTED = complete_execution(run=EXECUTING, now=day(3))


class TestRun:
    def test_goes_from_plan_to_receipt(self) -> None:
        assert (
            Run(
                run_id="run",
                state=RunState.EXECUTED,
                digest="d",
                planned_by="member:maker",
                planned_at=day(1),
                approved_by="member:checker",
                approved_at=day(2),
                executed_at=day(3),
            )
            == EXECUTED
        )
        must_be_executed(run=EXECUTED)

    @pytest.mark.parametrize("run", [APPROVED, EXECUTING, EXECUTED], ids=lambda run: run.state)
    def test_is_approved_once(self, run: Run) -> None:
        with pytest.raises(WrongState):
            approve(run=run, digest="d", approved_by="member:third", now=day(4))

    @pytest.mark.parametrize("run", [PLANNED, EXECUTING, EXECUTED], ids=lambda run: run.state)
    def test_begins_once_and_only_after_approval(self, run: Run) -> None:
        with pytest.raises(WrongState) as refusal:
            begin_execution(run=run, was_given_up=False)
        assert refusal.value.metadata["state"] == run.state

    @pytest.mark.parametrize("run", [PLANNED, APPROVED, EXECUTED], ids=lambda run: run.state)
    def test_issues_nothing_unless_executing(self, run: Run) -> None:
        must_be_executing(run=EXECUTING)
        with pytest.raises(WrongState):
            must_be_executing(run=run)

    @pytest.mark.parametrize("run", [PLANNED, APPROVED, EXECUTED], ids=lambda run: run.state)
    def test_is_completed_only_while_executing(self, run: Run) -> None:
        with pytest.raises(WrongState):
            complete_execution(run=run, now=day(4))

    @pytest.mark.parametrize("run", [PLANNED, APPROVED, EXECUTING], ids=lambda run: run.state)
    def test_has_no_receipt_before_its_end(self, run: Run) -> None:
        with pytest.raises(NotExecuted):
            must_be_executed(run=run)

    def test_is_never_approved_by_whoever_planned_it(self) -> None:
        with pytest.raises(SamePerson):
            approve(run=PLANNED, digest="d", approved_by="member:maker", now=day(2))

    def test_is_approved_only_as_it_was_looked_at(self) -> None:
        with pytest.raises(DigestMismatch):
            approve(run=PLANNED, digest="other", approved_by="member:checker", now=day(2))
