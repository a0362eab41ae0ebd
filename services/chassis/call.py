"""Who calls, and until when they wait."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class CallerKind(StrEnum):
    MEMBER = "member"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The client of request ids and the person of maker and checker."""

    kind: CallerKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One RPC as the doorway sees it."""

    caller: Caller
    method: str
    """`linli.members.v1.EnrolmentService/Enrol`."""
    deadline: float
    """On the clock of `time.monotonic`, in seconds."""
    trace_id: str = ""
    """Names the call in the logs; forwarded to the calls it makes."""

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()


current_call: ContextVar[Call | None] = ContextVar("current_call", default=None)
"""The call that is being answered, for clients that pass its trace id and deadline on."""
