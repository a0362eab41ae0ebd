"""What happened before 1970 counts as well: callers may state times from October 1949 on."""

from services.chassis.moments import MOMENT_MIN
from services.chassis.periods import Period, PeriodKind
from tests.integration.points.house import SHANGHAI


def test_every_moment_that_may_be_stated_lies_in_a_period() -> None:
    for kind in PeriodKind:
        assert Period.containing(MOMENT_MIN, kind=kind, zone=SHANGHAI).contains(MOMENT_MIN)
