"""A fault as callers see it: `google.rpc.Status` with details for programs."""

from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from services.chassis.faults import Fault
from services.chassis.rpc.codes import RETRY_SECONDS, code_of
from services.chassis.rpc.table import CodeTable

DOMAIN: Final = "linli"
STATUS_BYTES_MAX: Final = 2048
"""A status travels in HTTP/2 headers, of which peers take 8 KiB in all."""
MESSAGE_BYTES_MAX: Final = 512
VALUE_BYTES_MAX: Final = 192

_RESERVED_BYTES: Final = 320  # three type URLs, the reason and the retry delay
_FRAMING_BYTES: Final = 12  # tags and lengths of one pair or violation


def status_of(fault: Fault, /, *, codes: CodeTable) -> Status:
    """Write a fault as a status of at most 2 KiB; what does not fit is left out from the end.

    Args:
        fault: The refusal.
        codes: The service's table; the chassis' faults are known.

    Raises:
        LookupError: The fault has no status code.
    """
    code = code_of(fault, codes=codes)
    status = Status(code=code.value[0], message=_shortened(fault.message, bytes_max=MESSAGE_BYTES_MAX))
    room = STATUS_BYTES_MAX - _RESERVED_BYTES - len(status.message.encode())
    info = ErrorInfo(reason=fault.reason, domain=DOMAIN)
    for key, value in fault.metadata.items():
        short = _shortened(value, bytes_max=VALUE_BYTES_MAX)
        room -= len(key.encode()) + len(short.encode()) + _FRAMING_BYTES
        if room < 0:
            break
        info.metadata[key] = short
    _attach(status, info)
    bad = BadRequest()
    for field, description in fault.violations:
        path, short = (_shortened(text, bytes_max=VALUE_BYTES_MAX) for text in (field, description))
        room -= len(path.encode()) + len(short.encode()) + _FRAMING_BYTES
        if room < 0:
            break
        bad.field_violations.add(field=path, description=short)
    if bad.field_violations:
        _attach(status, bad)
    if code in RETRY_SECONDS:
        delay = Duration()
        delay.FromMilliseconds(round(RETRY_SECONDS[code] * 1000))
        _attach(status, RetryInfo(retry_delay=delay))
    return status


def code_by_number(number: int, /) -> grpc.StatusCode:
    return _BY_NUMBER[number]


_BY_NUMBER: Final = {code.value[0]: code for code in grpc.StatusCode}


def _attach(status: Status, detail: Message) -> None:
    status.details.add().Pack(detail)


def _shortened(text: str, *, bytes_max: int) -> str:
    encoded = text.encode(errors="replace")
    if len(encoded) <= bytes_max:
        return encoded.decode()
    return encoded[: bytes_max - 3].decode(errors="ignore") + "…"
