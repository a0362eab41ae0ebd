from datetime import UTC, datetime, timedelta

from services.console.demo.standings import Standing

NOON = datetime(2025, 6, 1, 4, tzinfo=UTC)


def standing(*, milli: int = 4000, wishes: int = 1, minutes: int = 120, at: datetime = NOON) -> Standing:
    return Standing(
        member="M", score_milli=milli, wishes_fulfilled=wishes, counted_minutes=minutes, reached_at=at
    )


class TestOrder:
    def test_is_by_points_then_wishes_then_minutes_then_who_was_earlier(self) -> None:
        best_first = [
            standing(milli=4001, wishes=0, minutes=0),
            standing(wishes=2, minutes=0),
            standing(minutes=121, at=NOON + timedelta(days=1)),
            standing(at=NOON - timedelta(milliseconds=1)),
            standing(),
        ]
        worst_first = best_first[::-1]
        assert sorted(worst_first, key=lambda one: one.key) == best_first

    def test_ignores_when_something_worthless_happened(self) -> None:
        one = Standing(member="M")
        one.add(milli=1000, at=NOON)
        one.add(milli=0, at=NOON + timedelta(days=1))
        assert one.reached_at == NOON
