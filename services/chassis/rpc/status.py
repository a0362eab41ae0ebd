"""A fault as callers see it: `google.rpc.Status` with details for programs."""

from collections.abc import Iterable
from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from services.chassis.faults import Fault
from services.chassis.rpc.codes import CODES, RETRY_SECONDS
from services.chassis.rpc.localized import localized
from services.chassis.rpc.table import CodeTable

DOMAIN: Final = "linli"
STATUS_BYTES_MAX: Final = 2048
"""A status travels in HTTP/2 headers, of which peers take 8 KiB in all."""
MESSAGE_BYTES_MAX: Final = 512
LOCALIZED_BYTES_MAX: Final = 384
VALUE_BYTES_MAX: Final = 192

_RESERVED_BYTES: Final = 400  # four type URLs, the reason, the language and the retry delay
_FRAMING_BYTES: Final = 12  # tags and lengths of one pair or violation


class StatusTable:
    """Writes faults as statuses, with the codes of one service and of the chassis."""

    def __init__(self, codes: CodeTable, /) -> None:
        self._codes = {**CODES, **codes}

    def code_of(self, fault: Fault, /) -> grpc.StatusCode:
        """Find the code of a fault.

        Raises:
            LookupError: No table knows the fault; that is a defect of the program.
        """
        code = self._codes.get(type(fault))
        if code is None:
            raise LookupError(f"{type(fault).__name__} has no status code.")
        return code

    def status_of(self, fault: Fault, /) -> Status:
        """Write a fault as a status of at most 2 KiB; what does not fit is left out from the end.

        Raises:
            LookupError: No table knows the fault; that is a defect of the program.
        """
        code = self.code_of(fault)
        status = Status(code=code.value[0], message=_shortened(fault.message, bytes_max=MESSAGE_BYTES_MAX))
        room = STATUS_BYTES_MAX - _RESERVED_BYTES - len(status.message.encode())
        if said := localized(fault):
            said.message = _shortened(said.message, bytes_max=LOCALIZED_BYTES_MAX)
            room -= len(said.message.encode())
        info = ErrorInfo(reason=fault.reason, domain=DOMAIN)
        told, room = _fitting(fault.metadata.items(), room=room)
        info.metadata.update(told)
        _attach(status, info)
        told, _ = _fitting(((each.place, each.problem) for each in fault.violations), room=room)
        if told:
            violations = [
                BadRequest.FieldViolation(field=place, description=problem) for place, problem in told
            ]
            _attach(status, BadRequest(field_violations=violations))
        if said:
            _attach(status, said)
        if code in RETRY_SECONDS:
            _attach(status, RetryInfo(retry_delay=Duration(nanos=round(RETRY_SECONDS[code] * 1e9))))
        return status


def _fitting(pairs: Iterable[tuple[str, str]], *, room: int) -> tuple[list[tuple[str, str]], int]:
    """Take pairs, shortened, as long as there is room; returns the room left too."""
    taken: list[tuple[str, str]] = []
    for pair in pairs:
        first, second = (_shortened(text, bytes_max=VALUE_BYTES_MAX) for text in pair)
        size = len(first.encode()) + len(second.encode()) + _FRAMING_BYTES
        if size > room:
            return taken, 0
        taken.append((first, second))
        room -= size
    return taken, room


def _attach(status: Status, detail: Message) -> None:
    status.details.add().Pack(detail)


def _shortened(text: str, *, bytes_max: int) -> str:
    encoded = text.encode(errors="replace")
    if len(encoded) <= bytes_max:
        return encoded.decode()
    return encoded[: bytes_max - 3].decode(errors="ignore") + "…"
