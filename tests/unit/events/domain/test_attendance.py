from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.events.domain.attendance import (
    Attendance,
    AttendanceState,
    confirm,
    open_stay_at,
    revoke,
    sign_in,
    sign_out,
    whole_minutes,
)
from services.events.domain.faults import (
    AlreadyConfirmed,
    AlreadySignedIn,
    HoursRevoked,
    NotConfirmed,
    NotPublished,
    NotSignedIn,
    NotSignedOut,
    OutsideWindow,
    OwnHours,
    SignOutBeforeSignIn,
)
from tests.unit.events.records import HOUR, MINUTE, NINE, activity, draft, open_stay

HERE = activity()


def arrive(at: datetime, *stays: Attendance) -> Attendance:
    return sign_in(attendance_id="new", activity=HERE, member_id="member-1", at=at, stays=stays)


def stay(begin: datetime, end: datetime) -> Attendance:
    return sign_out(open_stay(signed_in_at=begin), activity=HERE, at=end, stays=[])


def confirmed(end: datetime = NINE + HOUR) -> Attendance:
    return confirm(stay(NINE, end), confirmed_by="member:organiser")


class TestSigningIn:
    def test_begins_a_stay(self) -> None:
        begun = arrive(NINE - HOUR)
        assert (begun.state, begun.signed_in_at) == (AttendanceState.SIGNED_IN, NINE - HOUR)

    def test_at_a_draft_is_refused(self) -> None:
        with pytest.raises(NotPublished):
            sign_in(attendance_id="new", activity=draft(), member_id="member-1", at=NINE, stays=[])

    def test_too_early_or_late_is_refused(self) -> None:
        with pytest.raises(OutsideWindow):
            arrive(NINE - 3 * HOUR)
        with pytest.raises(OutsideWindow):
            arrive(NINE + 5 * HOUR)

    def test_while_somewhere_is_refused_whenever_it_is_said_to_have_been(self) -> None:
        for at in (NINE - HOUR, NINE, NINE + HOUR):
            with pytest.raises(AlreadySignedIn):
                arrive(at, open_stay(activity_id="elsewhere"))

    def test_during_an_earlier_stay_is_refused_and_names_it(self) -> None:
        with pytest.raises(AlreadySignedIn) as refusal:
            arrive(NINE + 30 * MINUTE, stay(NINE, NINE + HOUR))
        assert refusal.value.metadata["attendance_id"] == "attendance-1"

    def test_at_the_moment_of_leaving_elsewhere_is_accepted(self) -> None:
        assert arrive(NINE + HOUR, stay(NINE, NINE + HOUR)).state is AttendanceState.SIGNED_IN

    def test_during_revoked_hours_is_accepted(self) -> None:
        revoked = revoke(confirmed(), revoked_by="member:organiser", reason="wrong day")
        assert arrive(NINE, revoked).state is AttendanceState.SIGNED_IN


class TestSigningOut:
    def test_ends_the_stay(self) -> None:
        ended = stay(NINE, NINE + HOUR)
        assert (ended.state, ended.signed_out_at) == (AttendanceState.SIGNED_OUT, NINE + HOUR)

    def test_before_the_sign_in_is_refused(self) -> None:
        with pytest.raises(SignOutBeforeSignIn):
            stay(NINE, NINE - MINUTE)

    def test_later_than_two_hours_after_the_end_is_refused(self) -> None:
        with pytest.raises(OutsideWindow):
            stay(NINE, NINE + 4 * HOUR + MINUTE)

    def test_finds_the_open_stay_at_that_activity_only(self) -> None:
        elsewhere = open_stay(activity_id="elsewhere")
        assert open_stay_at(HERE, stays=[stay(NINE, NINE + HOUR), open_stay()]) == open_stay()
        with pytest.raises(NotSignedIn):
            open_stay_at(HERE, stays=[elsewhere, stay(NINE, NINE + HOUR)])

    def test_of_a_stay_that_would_reach_into_one_recorded_earlier_is_refused(self) -> None:
        earlier_recorded = stay(NINE + HOUR, NINE + 2 * HOUR)
        late = arrive(NINE, earlier_recorded)
        for at in (NINE + 90 * MINUTE, NINE + 3 * HOUR):
            with pytest.raises(AlreadySignedIn):
                sign_out(late, activity=HERE, at=at, stays=[earlier_recorded, late])
        ended = sign_out(late, activity=HERE, at=NINE + HOUR, stays=[earlier_recorded, late])
        assert ended.signed_out_at == NINE + HOUR


class TestTwoStays:
    @given(*[some.integers(min_value=-120, max_value=240) for _ in range(4)])
    def test_that_were_both_accepted_never_share_a_moment(self, a: int, b: int, c: int, d: int) -> None:
        first = stay(NINE + min(a, b) * MINUTE, NINE + max(a, b) * MINUTE)
        begin, end = NINE + min(c, d) * MINUTE, NINE + max(c, d) * MINUTE
        moments = {minute for minute in range(min(a, b), max(a, b)) if min(c, d) <= minute < max(c, d)}
        try:
            second = sign_out(arrive(begin, first), activity=HERE, at=end, stays=[first])
        except AlreadySignedIn:
            # An empty stay inside another is refused as well.
            assert moments or begin == end or a == b
        else:
            assert not moments
            assert second.state is AttendanceState.SIGNED_OUT


class TestConfirming:
    @pytest.mark.parametrize(
        ("lasts", "minutes"),
        [(HOUR, 60), (HOUR - timedelta(microseconds=1), 59), (timedelta(seconds=59), 0), (timedelta(0), 0)],
    )
    def test_counts_whole_minutes_and_cuts_the_rest(self, lasts: timedelta, minutes: int) -> None:
        assert confirmed(NINE + lasts).confirmed_minutes == minutes
        assert whole_minutes(start=NINE, end=NINE + lasts) == minutes

    def test_is_the_first_revision_and_remembers_who_did_it(self) -> None:
        assert (confirmed().revision, confirmed().confirmed_by) == (1, "member:organiser")

    def test_ones_own_hours_is_refused(self) -> None:
        with pytest.raises(OwnHours):
            confirm(stay(NINE, NINE + HOUR), confirmed_by="member:member-1")

    def test_by_a_service_of_the_same_name_is_accepted(self) -> None:
        assert confirm(stay(NINE, NINE + HOUR), confirmed_by="service:member-1").revision == 1

    def test_a_stay_that_is_not_over_is_refused(self) -> None:
        with pytest.raises(NotSignedOut):
            confirm(open_stay(), confirmed_by="member:organiser")

    def test_twice_is_refused(self) -> None:
        with pytest.raises(AlreadyConfirmed):
            confirm(confirmed(), confirmed_by="member:organiser")


class TestRevoking:
    def test_leaves_hours_worth_nothing_as_the_next_revision(self) -> None:
        revoked = revoke(confirmed(), revoked_by="member:organiser", reason="wrong day")
        assert (revoked.state, revoked.confirmed_minutes, revoked.revision) == (
            AttendanceState.REVOKED,
            0,
            2,
        )
        assert (revoked.revoked_by, revoked.revocation) == ("member:organiser", "wrong day")

    def test_what_is_not_confirmed_is_refused(self) -> None:
        for unconfirmed in (open_stay(), stay(NINE, NINE + HOUR)):
            with pytest.raises(NotConfirmed):
                revoke(unconfirmed, revoked_by="member:organiser", reason="wrong day")

    def test_is_final(self) -> None:
        revoked = revoke(confirmed(), revoked_by="member:organiser", reason="wrong day")
        with pytest.raises(HoursRevoked):
            revoke(revoked, revoked_by="member:organiser", reason="again")
        with pytest.raises(HoursRevoked):
            confirm(revoked, confirmed_by="member:organiser")
