"""The root of every fault, and the faults of the chassis itself.

Fault
├── InvalidField            a field of the request, or several, make no sense
│   └── PeriodMalformed     no such period
├── RequestMalformed        the bytes sent are not the message of this RPC
├── AnswerTooLarge          the answer does not fit a message
├── RequestIdReused         the same request id with another request
├── CallerMissing           the call does not say who calls
├── CallerForbidden         this caller may not call this RPC
├── NotCaughtUp             `at_least` was not reached in time
├── Overloaded              more calls at once than the server takes
├── ServerStopping          the server stops and ends a stream that would stay open
├── DeadlinePassed          the caller no longer waits
├── ItemFailed              the server failed on this item
├── NotApplied              another item of an all-or-nothing batch was refused
├── LogUnknown              this server does not hold that log
├── LogDiverged             the log does not hold the fact that the cursor names
├── LogReplaced             it is another log, and nobody has accepted that
├── LogUnreachable          the log cannot be asked now
├── LogNotFollowed          the consumer follows no such log
├── NotDiverged             the consumer follows the log as it should
├── ServiceUnknown          this server does not run that service
├── ServiceUnreachable      another service cannot be asked now
├── ConsumerUnknown         this server does not run that consumer
├── JobUnknown              no such job
└── DatabaseUnavailable     the database cannot be reached or is busy

CannotStart                 the process, not a request, is refused: one line and an exit code
├── SettingsInvalid         (settings.py) lists every problem at once
├── ...                     (sql/faults.py) what is wrong with a database, or with its schema
├── TimeZoneFixed           (installation.py) the database was made for another time zone
└── AddressUnavailable      another process listens there, or the address is not this machine's
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is wrong with a request or a document in it."""

    place: str
    """Where, as a path: `rules[2].limits[0].minutes_max`; empty if it is the whole."""
    problem: str
    """What is wrong and what to do."""


class Fault(Exception):  # noqa: N818 - a fault is an expected refusal, not an error of the program
    """The request was refused."""

    reason: ClassVar[str] = "FAULT"
    """Stable, UPPER_SNAKE; made from the class name. Callers decide by it."""

    def __init__(
        self, message: str | None = None, /, *, field: str | None = None, **metadata: object
    ) -> None:
        """Describe one refusal.

        Args:
            message: What is wrong and what to do; default: the first line of the class's docstring.
            field: The field of the request that is to blame, if one is.
            metadata: Ids and figures for programs, with units in their names; never personal data.
        """
        super().__init__(message or (type(self).__doc__ or self.reason).partition("\n")[0])
        self.field = field
        self.violations: tuple[Violation, ...] = (
            (Violation(place=field, problem=self.message),) if field else ()
        )
        self.metadata = {key: str(value) for key, value in metadata.items()}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.reason = _WORD_START.sub("_", cls.__name__).upper()

    @property
    def message(self) -> str:
        return str(self)


class InvalidField(Fault):
    """A field of the request makes no sense."""

    @classmethod
    def several(cls, violations: Sequence[Violation], /) -> Self:
        """Blame each place with its own sentence; at least one."""
        first = violations[0]
        fault = cls(f"{first.place}: {first.problem}" if first.place else first.problem)
        fault.field = first.place
        fault.violations = tuple(violations)
        return fault


class PeriodMalformed(InvalidField):
    """Name a period such as 2025, 2025-H1, 2025-Q3, 2025-11 or 2025-W47, of the years 1949 to 2200."""


class RequestMalformed(Fault):
    """The bytes sent are not the message of this RPC, or its text is not UTF-8."""


class AnswerTooLarge(Fault):
    """The answer does not fit a message; ask for fewer."""


class RequestIdReused(Fault):
    """This request id was used for another request; choose a new one."""


class CallerMissing(Fault):
    """Say who calls in the metadata `linli-caller`: `member:<id>` or `service:<name>`."""


class CallerForbidden(Fault):
    """This caller may not call this RPC."""


class NotCaughtUp(Fault):
    """The positions asked for were not reached before the deadline; ask again."""


class Overloaded(Fault):
    """The server has more calls than it takes at once; ask again later."""


class ServerStopping(Fault):
    """The server stops, which ends the stream; connect again and go on after what you have."""


class DeadlinePassed(Fault):
    """The deadline passed before the work began; nothing was changed."""


class ItemFailed(Fault):
    """The server failed on this; its log tells why. Nothing was changed; send it again with the same id."""


class NotApplied(Fault):
    """Another item of this all-or-nothing batch was refused, so nothing was written."""


class LogUnknown(Fault):
    """This server does not hold that log."""


class LogDiverged(Fault):
    """The log does not hold the fact that the cursor names; it was restored or replaced."""


class LogReplaced(Fault):
    """It is another log than the one that was kept: its database was replaced. Accept it by its id."""


class LogUnreachable(Fault):
    """The log cannot be asked now; see whether its service runs, and ask again."""


class LogNotFollowed(Fault):
    """This consumer does not follow that log."""


class NotDiverged(Fault):
    """The consumer follows this log as it should; there is nothing to rejoin."""


class ServiceUnknown(Fault):
    """This server does not run that service."""


class ServiceUnreachable(Fault):
    """Another service cannot be asked now; see whether it runs, and ask again."""


class ConsumerUnknown(Fault):
    """This server does not run that consumer."""


class JobUnknown(Fault):
    """There is no such job."""


class DatabaseUnavailable(Fault):
    """The database cannot be reached or is busy; ask again."""


class CannotStart(Exception):  # noqa: N818 - the tree tells what it is
    """The process cannot start as it is set up."""


class AddressUnavailable(CannotStart):
    """The address is in use, or is not one of this machine."""
