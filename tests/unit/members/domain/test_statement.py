from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.members.domain.statement import FeedbackStatement, Figures, StatementState, due_after, send

SHANGHAI = ZoneInfo("Asia/Shanghai")
SENT_AT = datetime(2025, 4, 10, 15, 59, tzinfo=UTC)
"""A minute before midnight in the district."""
LAST = datetime(2025, 4, 25, 16, tzinfo=UTC)
"""The first moment after the fifteenth day."""
MOMENT = timedelta(microseconds=1)


def sent() -> FeedbackStatement:
    draft = FeedbackStatement(
        id="s",
        period_id="2025-Q1",
        member_id="m",
        community_id="c",
        work_unit_id="w",
        figures=Figures(),
        generated_at=SENT_AT,
    )
    return send(draft, at=SENT_AT, due_at=due_after(SENT_AT, days=15, zone=SHANGHAI))


class TestAStatement:
    @pytest.mark.parametrize(
        ("as_of", "days"),
        [
            (SENT_AT, 0),
            (LAST - MOMENT, 0),
            (LAST, 1),
            (LAST + timedelta(days=1) - MOMENT, 1),
            (LAST + timedelta(days=9), 10),
        ],
    )
    def test_is_overdue_from_the_day_after_the_last_one_on(self, as_of: datetime, days: int) -> None:
        assert sent().overdue_days(as_of=as_of, zone=SHANGHAI) == days

    def test_that_was_acknowledged_late_was_overdue_until_then(self) -> None:
        late = replace(sent(), state=StatementState.ACKNOWLEDGED, acknowledged_at=LAST + timedelta(days=2))
        assert late.overdue_days(as_of=LAST + timedelta(days=1), zone=SHANGHAI) == 2
        assert late.overdue_days(as_of=LAST + timedelta(days=2), zone=SHANGHAI) == 0

    def test_may_be_acknowledged_to_the_end_of_a_day_wherever_it_was_sent_in_it(self) -> None:
        morning = due_after(SENT_AT - timedelta(hours=20), days=15, zone=SHANGHAI)
        assert morning == due_after(SENT_AT, days=15, zone=SHANGHAI) == LAST - MOMENT
