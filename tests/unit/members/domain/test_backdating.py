from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.members.domain.backdating import refuse_unexplained
from services.members.domain.faults import ReasonRequired

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 6, 2, 1, tzinfo=UTC)
"""Nine in the morning of 2 June in Shanghai; the day began at 16:00 UTC."""
TODAY = datetime(2025, 6, 1, 16, tzinfo=UTC)


class TestAChange:
    def test_of_today_by_the_districts_calendar_needs_no_reason(self) -> None:
        for at in (NOW, TODAY):
            refuse_unexplained(at, reason="", now=NOW, zone=SHANGHAI)

    def test_of_before_today_needs_one(self) -> None:
        yesterday = TODAY - timedelta(microseconds=1)
        with pytest.raises(ReasonRequired) as refusal:
            refuse_unexplained(yesterday, reason="", now=NOW, zone=SHANGHAI)
        assert refusal.value.field == "reason"
        refuse_unexplained(yesterday, reason="the list came late", now=NOW, zone=SHANGHAI)
