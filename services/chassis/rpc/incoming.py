"""A call as it comes in: who says to call, under which trace id, until when."""

import re
import time
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import grpc

from services.chassis.ids import new_id
from services.chassis.rpc.localized import LANGUAGE_KEY, language_of
from services.chassis.texts import LANGUAGE, Language

CALLER_KEY: Final = "linli-caller"
TRACE_KEY: Final = "linli-trace"

_TRACE_ID: Final = re.compile(r"[!-~]{1,64}")

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


@dataclass(slots=True, kw_only=True)
class Incoming:
    """What is known of a call before it is let in."""

    method: str
    stated_caller: str
    """As the metadata has it; empty if it is not there, or there twice."""
    trace_id: str
    language: Language
    """In which its caller wants to be answered."""
    arrived: float
    """On the clock of `time.monotonic`, in seconds, like the deadline."""
    deadline: float

    @property
    def elapsed_ms(self) -> float:
        return round((time.monotonic() - self.arrived) * 1000, 3)


def read_incoming(context: Context, /, *, method: str, seconds_max: float) -> Incoming:
    """Read the metadata and the deadline of a call.

    A trace id that is missing or of bad form is replaced by a new one. The deadline is the caller's, but no
    later than the server's own, which is `seconds_max` from now; infinite for a stream, which may stay open.
    """
    callers: list[str] = []
    trace_id = ""
    language = LANGUAGE
    for key, value in context.invocation_metadata() or ():
        if key == CALLER_KEY:
            callers.append(str(value))
        elif key == TRACE_KEY and isinstance(value, str) and _TRACE_ID.fullmatch(value):
            trace_id = value
        elif key == LANGUAGE_KEY:
            language = language_of(str(value))
    arrived = time.monotonic()
    seconds_left = context.time_remaining()
    seconds = seconds_max if seconds_left is None else min(seconds_left, seconds_max)
    return Incoming(
        method=method,
        stated_caller=callers[0] if len(callers) == 1 else "",
        trace_id=trace_id or new_id(),
        language=language,
        arrived=arrived,
        deadline=arrived + seconds,
    )
