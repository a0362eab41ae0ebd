from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.faults import InvalidField, PeriodMalformed
from services.chassis.periods import Period, PeriodKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Half-hours, daylight saving at midnight, a day that was skipped (Apia), the far side of the date line.
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Asia/Shanghai",
            "Asia/Kolkata",
            "Europe/Berlin",
            "America/Havana",
            "America/Asuncion",
            "Asia/Beirut",
            "Pacific/Apia",
            "Pacific/Kiritimati",
            "UTC",
        )
    ]
)
KINDS = st.sampled_from(PeriodKind)
MOMENTS = st.datetimes(datetime(1970, 1, 8), datetime(2199, 12, 20), timezones=st.just(UTC))  # noqa: DTZ001


def local(*clock: int, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(*clock, tzinfo=zone)  # type: ignore[arg-type,misc]


class TestAPeriod:
    @pytest.mark.parametrize(
        ("period_id", "kind", "first", "end"),
        [
            ("2025", PeriodKind.YEAR, (2025, 1, 1), (2026, 1, 1)),
            ("2025-H1", PeriodKind.HALF_YEAR, (2025, 1, 1), (2025, 7, 1)),
            ("2025-H2", PeriodKind.HALF_YEAR, (2025, 7, 1), (2026, 1, 1)),
            ("2025-Q3", PeriodKind.QUARTER, (2025, 7, 1), (2025, 10, 1)),
            ("2025-Q4", PeriodKind.QUARTER, (2025, 10, 1), (2026, 1, 1)),
            ("2024-02", PeriodKind.MONTH, (2024, 2, 1), (2024, 3, 1)),
            ("2025-12", PeriodKind.MONTH, (2025, 12, 1), (2026, 1, 1)),
            ("2025-W01", PeriodKind.WEEK, (2024, 12, 30), (2025, 1, 6)),
            ("2025-W47", PeriodKind.WEEK, (2025, 11, 17), (2025, 11, 24)),
            ("2020-W53", PeriodKind.WEEK, (2020, 12, 28), (2021, 1, 4)),
            ("1949", PeriodKind.YEAR, (1949, 1, 1), (1950, 1, 1)),
            ("2200-W52", PeriodKind.WEEK, (2200, 12, 22), (2200, 12, 29)),
        ],
    )
    def test_runs_from_local_midnight_to_local_midnight(
        self, period_id: str, kind: PeriodKind, first: tuple[int, ...], end: tuple[int, ...]
    ) -> None:
        period = Period.parse(period_id, zone=SHANGHAI)
        assert (period.id, period.kind) == (period_id, kind)
        assert (period.starts_at, period.ends_at) == (local(*first), local(*end))

    def test_turns_the_year_at_midnight_in_shanghai_which_is_sixteen_hours_in_utc(self) -> None:
        last = datetime(2025, 12, 31, 15, 59, 59, 999_999, tzinfo=UTC)
        year = Period.containing(last, kind=PeriodKind.YEAR, zone=SHANGHAI)
        assert year.id == "2025"
        assert year.ends_at == datetime(2025, 12, 31, 16, tzinfo=UTC)
        assert Period.containing(year.ends_at, kind=PeriodKind.YEAR, zone=SHANGHAI).id == "2026"

    def test_counts_new_year_to_the_week_of_its_thursday(self) -> None:
        assert Period.containing(local(2025, 12, 29), kind=PeriodKind.WEEK, zone=SHANGHAI).id == "2026-W01"
        assert Period.containing(local(2027, 1, 3), kind=PeriodKind.WEEK, zone=SHANGHAI).id == "2026-W53"

    def test_is_an_hour_shorter_or_longer_where_clocks_change(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        march, october = (Period.parse(month, zone=berlin) for month in ("2025-03", "2025-10"))
        assert march.ends_at - march.starts_at == timedelta(days=31, hours=-1)
        assert october.ends_at - october.starts_at == timedelta(days=31, hours=1)

    def test_knows_that_shanghai_had_summer_time_in_1986(self) -> None:
        may = Period.parse("1986-05", zone=SHANGHAI)
        assert may.ends_at - may.starts_at == timedelta(days=31, hours=-1)

    def test_starts_when_the_clocks_skip_its_midnight(self) -> None:
        # In Paraguay the clocks went from 24:00 on 30 September 2017 to 1:00 on 1 October.
        asuncion = ZoneInfo("America/Asuncion")
        october = Period.parse("2017-10", zone=asuncion)
        assert october.starts_at == datetime(2017, 10, 1, 4, tzinfo=UTC)
        assert october.starts_at.astimezone(asuncion).hour == 1

    @given(moment=MOMENTS, kind=KINDS, zone=ZONES)
    def test_holds_the_moment_it_was_found_by(
        self, moment: datetime, kind: PeriodKind, zone: ZoneInfo
    ) -> None:
        assert Period.containing(moment, kind=kind, zone=zone).contains(moment)

    @given(moment=MOMENTS, kind=KINDS, zone=ZONES)
    def test_is_the_same_read_from_its_id(self, moment: datetime, kind: PeriodKind, zone: ZoneInfo) -> None:
        period = Period.containing(moment, kind=kind, zone=zone)
        assert Period.parse(period.id, zone=zone) == period

    @given(moment=MOMENTS, kind=KINDS, zone=ZONES)
    def test_meets_the_next_without_gap_or_overlap(
        self, moment: datetime, kind: PeriodKind, zone: ZoneInfo
    ) -> None:
        period = Period.containing(moment, kind=kind, zone=zone)
        following = Period.containing(period.ends_at, kind=kind, zone=zone)
        assert period.starts_at < period.ends_at == following.starts_at
        assert not period.contains(period.ends_at)
        assert following.id > period.id

    @given(moment=MOMENTS, zone=ZONES)
    def test_of_months_lies_within_one_of_quarters_half_years_and_years(
        self, moment: datetime, zone: ZoneInfo
    ) -> None:
        inner = Period.containing(moment, kind=PeriodKind.MONTH, zone=zone)
        for kind in (PeriodKind.QUARTER, PeriodKind.HALF_YEAR, PeriodKind.YEAR):
            outer = Period.containing(moment, kind=kind, zone=zone)
            assert outer.starts_at <= inner.starts_at < inner.ends_at <= outer.ends_at
            inner = outer


class TestAPeriodId:
    @pytest.mark.parametrize(
        "period_id",
        [
            "",
            "25",
            "1948",
            "2201",
            "2025-H3",
            "2025-Q0",
            "2025-Q5",
            "2025-13",
            "2025-00",
            "2025-1",
            "2025-W00",
            "2025-W53",
            "2025-W54",
            "2025-w01",
            "2025 ",
            "2025\n",
            "２０２５",
            "2025-11-01",
        ],
    )
    def test_is_refused_when_it_names_no_period(self, period_id: str) -> None:
        with pytest.raises(PeriodMalformed) as refusal:
            Period.parse(period_id, zone=SHANGHAI, field="board.period_id")
        assert isinstance(refusal.value, InvalidField)
        assert refusal.value.field == "board.period_id"

    @given(period_id=st.text())
    def test_names_a_period_or_is_refused(self, period_id: str) -> None:
        try:
            assert Period.parse(period_id, zone=SHANGHAI).id == period_id
        except PeriodMalformed:
            return


class TestAMoment:
    def test_without_a_zone_belongs_to_no_period(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            Period.containing(datetime(2025, 1, 1), kind=PeriodKind.YEAR, zone=SHANGHAI)  # noqa: DTZ001

    @pytest.mark.parametrize("moment", [datetime(1900, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)])
    def test_outside_1949_to_2200_is_refused(self, moment: datetime) -> None:
        with pytest.raises(PeriodMalformed):
            Period.containing(moment, kind=PeriodKind.YEAR, zone=SHANGHAI)
