from io import StringIO

import pytest
from rich.console import Console

from services.console.faults import CallRefused
from services.console.steps import Steps


class TestSteps:
    def test_keep_the_times_in_the_order_of_the_steps(self) -> None:
        with Steps(console=Console(file=StringIO())) as steps:
            with steps.step("second of the alphabet", total=2) as advance:
                advance(1)
            with steps.step("alphabetically first"):
                pass
        assert list(steps.seconds) == ["second of the alphabet", "alphabetically first"]
        assert all(taken >= 0 for taken in steps.seconds.values())

    def test_draw_nothing_where_nobody_watches(self) -> None:
        out = StringIO()
        with Steps(console=Console(file=out)) as steps, steps.step("quiet", total=3) as advance:
            advance(3)
        assert out.getvalue() == ""

    def test_draw_nothing_when_told_to_be_quiet(self) -> None:
        out = StringIO()
        terminal = Console(file=out, force_terminal=True)
        with Steps(console=terminal, quiet=True) as steps, steps.step("quiet", total=3):
            pass
        assert out.getvalue() == ""

    def test_draw_a_bar_on_a_terminal(self) -> None:
        out = StringIO()
        terminal = Console(file=out, force_terminal=True)
        with Steps(console=terminal) as steps, steps.step("wishes", total=3) as advance:
            advance(3)
        assert "wishes" in out.getvalue()
        assert "3/3" in out.getvalue()

    def test_do_not_time_a_step_that_failed(self) -> None:
        steps = Steps(console=Console(file=StringIO()))
        with pytest.raises(CallRefused), steps.step("broken"):
            raise CallRefused
        assert steps.seconds == {}
