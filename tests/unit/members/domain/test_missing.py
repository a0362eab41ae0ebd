from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.chassis.faults import InvalidField
from services.chassis.periods import Period, PeriodKind
from services.members.domain.enrolment_faults import RenewalNotRequired
from services.members.domain.missing import MissingKind, days_left, due_day
from services.members.domain.policy import Policy

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = Policy()


def due(kind: MissingKind, period_id: str, *, policy: Policy = POLICY) -> date | None:
    return due_day(kind, period=Period.parse(period_id, zone=ZONE), policy=policy, zone=ZONE)


class TestTheDayOnWhichSomethingIsDue:
    def test_is_the_deadline_of_the_year_to_enrol(self) -> None:
        assert due(MissingKind.NOT_ENROLLED, "2025-H2") == date(2025, 6, 30)
        assert due(MissingKind.NOT_ENROLLED, "2025", policy=Policy(enrolment_deadline=None)) is None

    def test_is_the_last_day_of_the_period_to_return_and_to_participate(self) -> None:
        assert due(MissingKind.NOT_RENEWED, "2025-H1") == date(2025, 6, 30)
        assert due(MissingKind.NOT_PARTICIPATING, "2025-02") == date(2025, 2, 28)

    def test_to_return_is_asked_only_of_periods_of_the_policy(self) -> None:
        with pytest.raises(InvalidField, match="once a half-year"):
            due(MissingKind.NOT_RENEWED, "2025")
        yearly = Policy(renewal_period=PeriodKind.YEAR)
        assert due(MissingKind.NOT_RENEWED, "2025", policy=yearly) == date(2025, 12, 31)
        with pytest.raises(RenewalNotRequired):
            due(MissingKind.NOT_RENEWED, "2025-H1", policy=Policy(renewal_period=None))

    def test_is_so_many_days_from_today_in_the_calendar_of_the_district(self) -> None:
        now = datetime(2025, 6, 28, 16, tzinfo=UTC)  # midnight of the 29th in Shanghai
        assert days_left(date(2025, 6, 30), now=now, zone=ZONE) == 1
        assert days_left(date(2025, 6, 28), now=now, zone=ZONE) == -1
