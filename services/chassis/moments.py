"""Times that callers state: when something happened, never in the future.

A doorway reads what was stated (`stated_moment`, pure); the use case fills in and judges it with the
database's clock (`occurred`).
"""

from datetime import UTC, datetime
from typing import Final, overload

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.faults import InvalidField

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY: Final = 86_400
_NANOS: Final = 1_000
"""Of a microsecond."""

MOMENT_MIN: Final = datetime(1949, 10, 1, tzinfo=UTC)
"""Nothing that is recorded here can have happened before; an earlier time is a slip of the pen."""


def stated_moment(request: Message, /, *, field: str = "occurred_at") -> datetime | None:
    """Read a `google.protobuf.Timestamp` field of a request.

    Args:
        request: Any message with that field.
        field: Its name.

    Returns:
        Aware, UTC, to the microsecond; None if the field is not set.

    Raises:
        InvalidField: It is before October 1949, or no time at all.
    """
    if not request.HasField(field):
        return None
    try:
        moment = moment_of(getattr(request, field))
    except (ValueError, OverflowError):
        raise InvalidField(
            "This is no time: seconds or nanoseconds are out of their range.", field=field
        ) from None
    if moment < MOMENT_MIN:
        raise InvalidField(f"State a time from {MOMENT_MIN:%Y-%m-%d} on.", field=field)
    return moment


def occurred(stated: datetime | None, /, *, now: datetime, field: str = "occurred_at") -> datetime:
    """Say when something happened: as stated, else now.

    Args:
        stated: From `stated_moment`.
        now: The database's clock.
        field: The field of the request that a refusal blames.

    Raises:
        InvalidField: It is in the future.
    """
    if stated is None:
        return now
    if stated > now:
        raise InvalidField("This time is in the future by the clock of the database.", field=field)
    return stated


def moment_of(written: Timestamp, /) -> datetime:
    """Read a timestamp that this product wrote: aware, UTC, to the microsecond."""
    return written.ToDatetime(tzinfo=UTC)


@overload
def timestamp(moment: datetime, /) -> Timestamp: ...


@overload
def timestamp(moment: datetime | None, /) -> Timestamp | None: ...


def timestamp(moment: datetime | None, /) -> Timestamp | None:
    """Write an aware moment for the wire; None leaves the field unset."""
    if moment is None:
        return None
    # Not `FromDatetime`, which goes by way of the calendar and takes four times as long.
    passed = moment - _EPOCH
    return Timestamp(
        seconds=passed.days * _SECONDS_A_DAY + passed.seconds, nanos=passed.microseconds * _NANOS
    )
