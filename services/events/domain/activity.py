"""Activities (志愿服务活动): prepared, then published before they start."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.chassis.faults import InvalidField
from services.chassis.periods import YEAR_MAX
from services.events.domain.faults import AlreadyPublished, OutsideWindow, PublishedTooLate

ACTIVITY_DAYS_MAX: Final = 366
SIGN_IN_BEFORE_START: Final = timedelta(hours=2)
"""How early people may arrive."""
SIGN_OUT_AFTER_END: Final = timedelta(hours=2)
"""How late people may still arrive or leave."""


class ActivityState(StrEnum):
    DRAFT = "DRAFT"
    """Nobody can sign in."""
    PUBLISHED = "PUBLISHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something people do for a community at a stated time."""

    activity_id: str
    code: str
    """Unique in the district."""
    title: str
    community_id: str
    """The community it serves."""
    state: ActivityState = ActivityState.DRAFT
    starts_at: datetime
    ends_at: datetime
    published_at: datetime | None = None
    revision: int = 0
    """How many facts state it."""

    def refuse_outside_window(self, at: datetime, /) -> None:
        """Let pass what happens while people may come and go.

        Raises:
            OutsideWindow: More than two hours before the start or after the end; both ends belong to it.
        """
        opens_at, closes_at = self.starts_at - SIGN_IN_BEFORE_START, self.ends_at + SIGN_OUT_AFTER_END
        if not opens_at <= at <= closes_at:
            raise OutsideWindow(opens_at=opens_at.isoformat(), closes_at=closes_at.isoformat())


def refuse_senseless_times(*, starts_at: datetime, ends_at: datetime) -> None:
    """Let pass a start and an end that can be those of an activity.

    Raises:
        InvalidField: It does not end after it starts, lasts more than 366 days, or lies too far ahead.
    """
    if ends_at <= starts_at:
        raise InvalidField("An activity ends after it starts.", field="ends_at")
    if ends_at - starts_at > timedelta(days=ACTIVITY_DAYS_MAX):
        raise InvalidField(f"An activity lasts at most {ACTIVITY_DAYS_MAX} days.", field="ends_at")
    if ends_at.year > YEAR_MAX:
        raise InvalidField(f"An activity ends by the year {YEAR_MAX}.", field="ends_at")


def publish(activity: Activity, /, *, at: datetime) -> Activity:
    """Announce an activity.

    Raises:
        AlreadyPublished: It was announced before.
        PublishedTooLate: It has started by then.
    """
    if activity.state is ActivityState.PUBLISHED:
        raise AlreadyPublished
    if at >= activity.starts_at:
        raise PublishedTooLate(starts_at=activity.starts_at.isoformat())
    return replace(activity, state=ActivityState.PUBLISHED, published_at=at, revision=activity.revision + 1)
