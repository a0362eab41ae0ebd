"""Stays of members at activities, from sign-in (签到) to confirmed minutes (志愿时长)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.events.domain.activity import Activity, ActivityState
from services.events.domain.faults import (
    AlreadyConfirmed,
    AlreadySignedIn,
    HoursRevoked,
    NotConfirmed,
    NotPublished,
    NotSignedIn,
    NotSignedOut,
    OwnHours,
    SignOutBeforeSignIn,
)

_MINUTE: Final = timedelta(minutes=1)


class AttendanceState(StrEnum):
    SIGNED_IN = "SIGNED_IN"
    """There; the end of the stay is not known."""
    SIGNED_OUT = "SIGNED_OUT"
    CONFIRMED = "CONFIRMED"
    """The minutes count."""
    REVOKED = "REVOKED"
    """Worth nothing, and in nobody's way: the time may be stated anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    attendance_id: str
    activity_id: str
    member_id: str
    state: AttendanceState = AttendanceState.SIGNED_IN
    signed_in_at: datetime
    signed_out_at: datetime | None = None
    """None exactly while SIGNED_IN."""
    confirmed_minutes: int = 0
    """0 unless CONFIRMED."""
    confirmed_by: str = ""
    """The caller who confirmed."""
    revoked_by: str = ""
    """The caller who took the confirmation back."""
    revocation: str = ""
    """Why it was taken back."""
    revision: int = 0
    """How many facts state it."""

    def is_in_the_way(self, *, start: datetime, end: datetime | None) -> bool:
        """Say whether the member cannot have been elsewhere from `start` until just before `end`.

        Args:
            start: Where the other stay begins.
            end: Where it ends; None: not known yet, so that only its beginning can be judged.
        """
        if self.state is AttendanceState.REVOKED:
            return False
        if self.signed_out_at is None:
            return True
        if end is None:
            return self.signed_in_at <= start < self.signed_out_at
        return self.signed_in_at < end and start < self.signed_out_at


def sign_in(
    *, attendance_id: str, activity: Activity, member_id: str, at: datetime, stays: Iterable[Attendance]
) -> Attendance:
    """Let a member arrive at an activity.

    Args:
        attendance_id: The id of the attendance that begins.
        activity: Where.
        member_id: Who.
        at: When.
        stays: Every other stay of the member that is open or reaches to that time.

    Raises:
        NotPublished: The activity is still being prepared.
        OutsideWindow: Too early or too late.
        AlreadySignedIn: The member is there, or was during that time, at this or another activity.
    """
    if activity.state is ActivityState.DRAFT:
        raise NotPublished
    activity.refuse_outside_window(at)
    _refuse_overlap(stays, start=at, end=None)
    return Attendance(
        attendance_id=attendance_id, activity_id=activity.activity_id, member_id=member_id, signed_in_at=at
    )


def open_stay_at(activity: Activity, /, *, stays: Iterable[Attendance]) -> Attendance:
    """Find the stay that a sign-out ends, among the stays of a member.

    Raises:
        NotSignedIn: The member is not there.
    """
    for stay in stays:
        if stay.state is AttendanceState.SIGNED_IN and stay.activity_id == activity.activity_id:
            return stay
    raise NotSignedIn


def sign_out(
    attendance: Attendance, /, *, activity: Activity, at: datetime, stays: Iterable[Attendance]
) -> Attendance:
    """Let a member leave.

    Args:
        attendance: The open stay.
        activity: Where it is.
        at: When; not before the sign-in.
        stays: Every stay of the member that reaches into this one; the stay itself may be among them.

    Raises:
        SignOutBeforeSignIn: It was stated the wrong way round.
        OutsideWindow: Too late.
        AlreadySignedIn: The stay began before another that was recorded earlier, and would reach into it.
    """
    if at < attendance.signed_in_at:
        raise SignOutBeforeSignIn(signed_in_at=attendance.signed_in_at.isoformat())
    activity.refuse_outside_window(at)
    others = (stay for stay in stays if stay.attendance_id != attendance.attendance_id)
    _refuse_overlap(others, start=attendance.signed_in_at, end=at)
    return replace(attendance, state=AttendanceState.SIGNED_OUT, signed_out_at=at)


def confirm(attendance: Attendance, /, *, confirmed_by: str) -> Attendance:
    """Confirm the minutes of a stay (认定): from then on they count.

    Args:
        attendance: A stay that is over.
        confirmed_by: The caller, `member:<id>` or `service:<name>`.

    Raises:
        OwnHours: It is the member's own stay.
        NotSignedOut: It is not over.
        AlreadyConfirmed: It was confirmed before.
        HoursRevoked: Its confirmation was taken back.
    """
    if confirmed_by == f"member:{attendance.member_id}":
        raise OwnHours
    if attendance.signed_out_at is None:
        raise NotSignedOut
    if attendance.state is AttendanceState.CONFIRMED:
        raise AlreadyConfirmed
    if attendance.state is AttendanceState.REVOKED:
        raise HoursRevoked
    return replace(
        attendance,
        state=AttendanceState.CONFIRMED,
        confirmed_minutes=whole_minutes(start=attendance.signed_in_at, end=attendance.signed_out_at),
        confirmed_by=confirmed_by,
        revision=attendance.revision + 1,
    )


def revoke(attendance: Attendance, /, *, revoked_by: str, reason: str) -> Attendance:
    """Take a confirmation back.

    Raises:
        HoursRevoked: It was taken back before.
        NotConfirmed: There is none.
    """
    if attendance.state is AttendanceState.REVOKED:
        raise HoursRevoked
    if attendance.state is not AttendanceState.CONFIRMED:
        raise NotConfirmed
    return replace(
        attendance,
        state=AttendanceState.REVOKED,
        confirmed_minutes=0,
        revoked_by=revoked_by,
        revocation=reason,
        revision=attendance.revision + 1,
    )


def whole_minutes(*, start: datetime, end: datetime) -> int:
    """Count the minutes that passed in full; what is left over is cut."""
    return (end - start) // _MINUTE


def _refuse_overlap(stays: Iterable[Attendance], *, start: datetime, end: datetime | None) -> None:
    for stay in stays:
        if stay.is_in_the_way(start=start, end=end):
            raise AlreadySignedIn(attendance_id=stay.attendance_id, activity_id=stay.activity_id)
