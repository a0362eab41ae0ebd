"""Micro-wishes (微心愿), step by step.

    SUBMITTED ─verify─▶ VERIFIED ─publish─▶ PUBLISHED
                                                │
                                              claim
                                                ▼
    CONFIRMED ◀─confirm─ FULFILLED ◀─fulfil─ CLAIMED

Each step is a pure function from a wish and a stated time to the wish as it then stands. Steps are stated in
the order of their times.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.events.domain.faults import AlreadyClaimed, OwnWish, StepBeforePrevious, WrongState


class WishCategory(StrEnum):
    HARDSHIP_HELP = "HARDSHIP_HELP"
    """困难帮扶."""
    LIVELIHOOD = "LIVELIHOOD"
    """民生实事."""


class WishState(StrEnum):
    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    PUBLISHED = "PUBLISHED"
    CLAIMED = "CLAIMED"
    FULFILLED = "FULFILLED"
    CONFIRMED = "CONFIRMED"
    """It counts."""


CLAIMED_STATES: Final = frozenset({WishState.CLAIMED, WishState.FULFILLED, WishState.CONFIRMED})
"""Where a wish has exactly one live claim; elsewhere it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A small wish. Who wished is not here."""

    wish_id: str
    code: str
    """Unique in the district."""
    title: str
    category: WishCategory
    community_id: str
    """The community it comes from."""
    state: WishState = WishState.SUBMITTED
    submitted_at: datetime
    verified_at: datetime | None = None
    published_at: datetime | None = None
    claimed_at: datetime | None = None
    fulfilled_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    """The caller who confirmed the fulfilment."""
    claimer_member_id: str = ""
    """Who holds the live claim."""
    revision: int = 0
    """How many facts state it."""

    @property
    def counts_at(self) -> datetime:
        """When a wish that was fulfilled counts, whenever that is confirmed."""
        if self.fulfilled_at is None:
            raise ValueError("A wish that nobody fulfilled counts at no time.")
        return self.fulfilled_at

    @property
    def last_step_at(self) -> datetime:
        return (
            self.confirmed_at
            or self.fulfilled_at
            or self.claimed_at
            or self.published_at
            or self.verified_at
            or self.submitted_at
        )


def verify(wish: Wish, /, *, at: datetime) -> Wish:
    """Record that the wish was checked with the family (审核).

    Raises:
        WrongState, StepBeforePrevious: As for every step.
    """
    _must_follow(WishState.SUBMITTED, wish=wish, at=at)
    return replace(wish, state=WishState.VERIFIED, verified_at=at)


def publish(wish: Wish, /, *, at: datetime) -> Wish:
    """Open the wish for claims (发布).

    Raises:
        WrongState, StepBeforePrevious: As for every step.
    """
    _must_follow(WishState.VERIFIED, wish=wish, at=at)
    return replace(wish, state=WishState.PUBLISHED, published_at=at)


def claim(wish: Wish, /, *, member_id: str, at: datetime) -> Wish:
    """Give the wish to whoever claims it (认领).

    Raises:
        AlreadyClaimed: Somebody has, or had, it.
        WrongState, StepBeforePrevious: As for every step.
    """
    if wish.state in CLAIMED_STATES:
        raise AlreadyClaimed(wish_id=wish.wish_id)
    _must_follow(WishState.PUBLISHED, wish=wish, at=at)
    return replace(wish, state=WishState.CLAIMED, claimed_at=at, claimer_member_id=member_id)


def fulfil(wish: Wish, /, *, at: datetime) -> Wish:
    """Record that the claimer fulfilled the wish (实现).

    Raises:
        WrongState, StepBeforePrevious: As for every step.
    """
    _must_follow(WishState.CLAIMED, wish=wish, at=at)
    return replace(wish, state=WishState.FULFILLED, fulfilled_at=at)


def confirm(wish: Wish, /, *, confirmed_by: str, at: datetime) -> Wish:
    """Confirm the fulfilment (反馈): it counts from then on, effective at the fulfilment.

    Args:
        wish: A fulfilled wish.
        confirmed_by: The caller, `member:<id>` or `service:<name>`.
        at: When.

    Raises:
        OwnWish: It is the claimer who asks.
        WrongState, StepBeforePrevious: As for every step.
    """
    if confirmed_by == f"member:{wish.claimer_member_id}":
        raise OwnWish
    _must_follow(WishState.FULFILLED, wish=wish, at=at)
    return replace(
        wish,
        state=WishState.CONFIRMED,
        confirmed_at=at,
        confirmed_by=confirmed_by,
        revision=wish.revision + 1,
    )


def _must_follow(state: WishState, /, *, wish: Wish, at: datetime) -> None:
    """Let a step pass that starts from `state` and did not happen before the step that led there."""
    if wish.state is not state:
        raise WrongState(
            f"This step follows from {state}; the wish is {wish.state}.", state=wish.state, expected=state
        )
    if at < wish.last_step_at:
        raise StepBeforePrevious(field="occurred_at", previous_at=wish.last_step_at.isoformat())
