import pytest

from services.chassis.faults import InvalidField
from services.members.domain.availability import Slot, week
from services.members.domain.faults import AvailabilityOverlaps


def slot(weekday: int, starts_minute: int, ends_minute: int) -> Slot:
    return Slot(weekday=weekday, starts_minute=starts_minute, ends_minute=ends_minute)


class TestAWeek:
    def test_is_in_order_and_its_parts_may_touch(self) -> None:
        late, early, monday = slot(2, 600, 720), slot(2, 540, 600), slot(1, 0, 1440)
        assert week([late, early, monday]) == (monday, early, late)

    @pytest.mark.parametrize("other", [slot(2, 599, 700), slot(2, 540, 600), slot(2, 0, 1440)])
    def test_has_no_minute_twice(self, other: Slot) -> None:
        with pytest.raises(AvailabilityOverlaps):
            week([slot(2, 540, 600), other])

    @pytest.mark.parametrize("ends_minute", [540, 539])
    def test_has_no_part_without_a_minute(self, ends_minute: int) -> None:
        with pytest.raises(InvalidField) as refused:
            week([slot(2, 540, ends_minute)])
        assert refused.value.field == "availability"
