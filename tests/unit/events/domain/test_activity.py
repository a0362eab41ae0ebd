from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.faults import InvalidField
from services.events.domain.activity import ActivityState, publish, refuse_senseless_times
from services.events.domain.faults import AlreadyPublished, OutsideWindow, PublishedTooLate
from tests.unit.events.records import HOUR, NINE, activity, draft

MICROSECOND = timedelta(microseconds=1)


class TestTimes:
    @pytest.mark.parametrize("lasts", [MICROSECOND, 2 * HOUR, timedelta(days=366)])
    def test_make_sense_if_it_ends_after_it_starts_within_366_days(self, lasts: timedelta) -> None:
        refuse_senseless_times(starts_at=NINE, ends_at=NINE + lasts)

    @pytest.mark.parametrize("lasts", [timedelta(0), -HOUR, timedelta(days=366) + MICROSECOND])
    def test_make_no_sense_otherwise_and_the_end_is_to_blame(self, lasts: timedelta) -> None:
        with pytest.raises(InvalidField) as refusal:
            refuse_senseless_times(starts_at=NINE, ends_at=NINE + lasts)
        assert refusal.value.field == "ends_at"

    def test_make_no_sense_at_the_end_of_all_days(self) -> None:
        last = datetime.max.replace(tzinfo=UTC)
        with pytest.raises(InvalidField):
            refuse_senseless_times(starts_at=last - HOUR, ends_at=last)


class TestPublishing:
    def test_before_the_start_opens_a_draft_and_is_its_first_revision(self) -> None:
        published = publish(draft(), at=NINE - MICROSECOND)
        assert published.state is ActivityState.PUBLISHED
        assert published.published_at == NINE - MICROSECOND
        assert published.revision == 1

    def test_as_it_starts_is_too_late(self) -> None:
        with pytest.raises(PublishedTooLate):
            publish(draft(), at=NINE)

    def test_twice_is_refused(self) -> None:
        with pytest.raises(AlreadyPublished):
            publish(activity(), at=NINE - HOUR)


class TestTheWindow:
    @pytest.mark.parametrize("at", [NINE - 2 * HOUR, NINE, NINE + 4 * HOUR])
    def test_reaches_from_two_hours_before_to_two_hours_after(self, at: datetime) -> None:
        activity().refuse_outside_window(at)

    @pytest.mark.parametrize("at", [NINE - 2 * HOUR - MICROSECOND, NINE + 4 * HOUR + MICROSECOND])
    def test_ends_there(self, at: datetime) -> None:
        with pytest.raises(OutsideWindow):
            activity().refuse_outside_window(at)
