from datetime import UTC, datetime

import pytest
from linli.points.v1 import reward_pb2 as pb

from services.points.api.translate_runs import receipt_message, run_message
from services.points.domain.reward import Band, Inputs, Line, LineState, digest
from services.points.domain.run import Run, RunState
from services.points.storage.reward_lines import KeptLine
from services.points.storage.reward_runs import KeptRun

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INPUTS = Inputs(
    board_id="b",
    scope_id="",
    period_id="2025",
    bands=(Band(first_place=1, last_place=2, amount_fen=100),),
    budget_fen=0,
    positions={"events": 3},
    rule_set_ids=("r1",),
    tie_keys=(),
)


def line(number: int, *, amount_fen: int = 100) -> Line:
    return Line(
        line=number,
        member_id=f"m{number}",
        place=number,
        score_milli=1_000,
        wishes_fulfilled=1,
        counted_minutes=60,
        amount_fen=amount_fen,
    )


PLAN = (line(1), line(2))


def kept(*lines: KeptLine, state: RunState = RunState.EXECUTED) -> KeptRun:
    run = Run(
        run_id="r",
        state=state,
        digest=digest(inputs=INPUTS, lines=PLAN),
        planned_by="member:first",
        planned_at=NOW,
    )
    return KeptRun(run=run, inputs=INPUTS, parked_subjects=0, lines=lines)


def issued(of: Line) -> KeptLine:
    return KeptLine(line=of, state=LineState.ISSUED, reward_id=f"reward-{of.line}", issued_at=NOW)


def planned(of: Line) -> KeptLine:
    return KeptLine(line=of, state=LineState.PLANNED, reward_id="", issued_at=None)


class TestARun:
    @pytest.mark.parametrize("state", RunState)
    def test_is_written_in_each_state(self, state: RunState) -> None:
        written = run_message(kept(planned(PLAN[0]), state=state))
        assert pb.RunState.Name(written.state) == f"RUN_STATE_{state.name}"

    def test_has_no_moments_that_did_not_come(self) -> None:
        written = run_message(kept(planned(PLAN[0]), state=RunState.PLANNED))
        assert not written.HasField("approved_at")
        assert not written.HasField("executed_at")
        assert not written.lines[0].HasField("issued_at")


class TestAReceipt:
    def test_proves_that_the_lines_are_those_approved(self) -> None:
        receipt = receipt_message(kept(*map(issued, PLAN)))
        assert (receipt.digest_matches, receipt.issued_fen, receipt.run.total_fen) == (True, 200, 200)

    def test_shows_when_a_line_was_changed(self) -> None:
        receipt = receipt_message(kept(issued(PLAN[0]), issued(line(2, amount_fen=999))))
        assert not receipt.digest_matches
        assert receipt.plan_digest != receipt.run.digest

    def test_sums_up_what_was_issued_only(self) -> None:
        assert receipt_message(kept(issued(PLAN[0]), planned(PLAN[1]))).issued_fen == 100
