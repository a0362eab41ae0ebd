from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.chassis.faults import Fault
from services.events.domain.faults import AlreadyClaimed, OwnWish, StepBeforePrevious, WrongState
from services.events.domain.wish import (
    CLAIMED_STATES,
    Wish,
    WishState,
    claim,
    confirm,
    fulfil,
    publish,
    verify,
)
from tests.unit.events.records import HOUR, MINUTE, NINE, wish

STEPS: dict[str, Callable[..., Wish]] = {
    "verify": verify,
    "publish": publish,
    "claim": partial(claim, member_id="member-1"),
    "fulfil": fulfil,
    "confirm": partial(confirm, confirmed_by="member:organiser"),
}
ORDER = list(WishState)


def at(state: WishState, **fields: object) -> Wish:
    """Walk a wish to a state, an hour a step."""
    walked = wish(**fields)
    for hours, step in enumerate(STEPS.values(), start=1):
        if walked.state is state:
            break
        walked = step(walked, at=NINE + hours * HOUR)
    return walked


def times_of(walked: Wish) -> list[datetime]:
    stated = (
        walked.submitted_at,
        walked.verified_at,
        walked.published_at,
        walked.claimed_at,
        walked.fulfilled_at,
        walked.confirmed_at,
    )
    return [moment for moment in stated if moment]


class TestAnySequenceOfSteps:
    @given(
        some.lists(some.tuples(some.sampled_from(sorted(STEPS)), some.integers(-90, 90)), max_size=20),
    )
    def test_moves_a_wish_forward_one_state_at_a_time_in_the_order_of_times(
        self, steps: list[tuple[str, int]]
    ) -> None:
        walked = wish()
        for name, minutes in steps:
            before, moment = walked, NINE + minutes * MINUTE
            follows = list(STEPS).index(name) == ORDER.index(before.state)
            try:
                walked = STEPS[name](before, at=moment)
            except AlreadyClaimed:
                assert name == "claim"
                assert before.state in CLAIMED_STATES
            except WrongState:
                assert not follows
            except StepBeforePrevious:
                assert follows
                assert moment < before.last_step_at
            else:
                assert follows
                assert ORDER.index(walked.state) == ORDER.index(before.state) + 1
                assert walked.last_step_at == moment
            assert times_of(walked) == sorted(times_of(walked))
            assert len(times_of(walked)) == ORDER.index(walked.state) + 1
            assert bool(walked.claimer_member_id) == (walked.state in CLAIMED_STATES)
            assert walked.revision == (walked.state is WishState.CONFIRMED)


class TestAStep:
    @pytest.mark.parametrize(("name", "state"), list(zip(STEPS, ORDER, strict=False)))
    def test_may_be_stated_for_the_moment_of_the_one_before_it(self, name: str, state: WishState) -> None:
        standing = at(state)
        assert STEPS[name](standing, at=standing.last_step_at).last_step_at == standing.last_step_at

    @pytest.mark.parametrize(("name", "state"), list(zip(STEPS, ORDER, strict=False)))
    def test_stated_before_the_one_before_it_blames_the_time(self, name: str, state: WishState) -> None:
        standing = at(state)
        with pytest.raises(StepBeforePrevious) as refusal:
            STEPS[name](standing, at=standing.last_step_at - MINUTE)
        assert refusal.value.field == "occurred_at"

    def test_that_does_not_follow_names_the_state(self) -> None:
        with pytest.raises(WrongState) as refusal:
            fulfil(at(WishState.PUBLISHED), at=NINE + 9 * HOUR)
        assert refusal.value.metadata["state"] == "PUBLISHED"


class TestAClaim:
    @pytest.mark.parametrize("state", sorted(CLAIMED_STATES))
    def test_of_a_wish_that_has_one_is_refused_as_such(self, state: WishState) -> None:
        with pytest.raises(AlreadyClaimed):
            claim(at(state), member_id="member-2", at=NINE + 9 * HOUR)

    @pytest.mark.parametrize("state", [WishState.SUBMITTED, WishState.VERIFIED])
    def test_of_a_wish_that_is_not_open_is_a_wrong_step(self, state: WishState) -> None:
        with pytest.raises(WrongState):
            claim(at(state), member_id="member-2", at=NINE + 9 * HOUR)


class TestAConfirmation:
    def test_counts_at_the_fulfilment(self) -> None:
        confirmed = at(WishState.CONFIRMED)
        assert confirmed.counts_at == confirmed.fulfilled_at == NINE + 4 * HOUR

    def test_by_the_claimer_is_refused(self) -> None:
        with pytest.raises(OwnWish):
            confirm(at(WishState.FULFILLED), confirmed_by="member:member-1", at=NINE + 9 * HOUR)

    def test_needs_a_fulfilment_to_count_anywhere(self) -> None:
        with pytest.raises(ValueError, match="nobody fulfilled"):
            _ = at(WishState.CLAIMED).counts_at


class TestRefusals:
    def test_leave_the_wish_as_it_was(self) -> None:
        standing = at(WishState.CLAIMED)
        with pytest.raises(Fault):
            verify(standing, at=NINE + 9 * HOUR)
        assert standing == at(WishState.CLAIMED)
