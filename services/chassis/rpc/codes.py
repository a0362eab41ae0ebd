"""The status codes of the chassis' own faults; each service has a table of its own beside this one."""

from collections.abc import Mapping
from typing import Final

import grpc

from services.chassis import faults
from services.chassis.rpc.table import CodeTable

CODES: Final[CodeTable] = {
    faults.InvalidField: grpc.StatusCode.INVALID_ARGUMENT,
    faults.PeriodMalformed: grpc.StatusCode.INVALID_ARGUMENT,
    faults.RequestMalformed: grpc.StatusCode.INVALID_ARGUMENT,
    faults.AnswerTooLarge: grpc.StatusCode.OUT_OF_RANGE,
    faults.RequestIdReused: grpc.StatusCode.ALREADY_EXISTS,
    faults.CallerMissing: grpc.StatusCode.UNAUTHENTICATED,
    faults.CallerForbidden: grpc.StatusCode.PERMISSION_DENIED,
    faults.NotCaughtUp: grpc.StatusCode.UNAVAILABLE,
    faults.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    faults.ServerStopping: grpc.StatusCode.UNAVAILABLE,
    faults.DeadlinePassed: grpc.StatusCode.DEADLINE_EXCEEDED,
    faults.ItemFailed: grpc.StatusCode.INTERNAL,
    faults.NotApplied: grpc.StatusCode.ABORTED,
    faults.LogUnknown: grpc.StatusCode.NOT_FOUND,
    faults.LogDiverged: grpc.StatusCode.FAILED_PRECONDITION,
    faults.LogReplaced: grpc.StatusCode.FAILED_PRECONDITION,
    faults.LogUnreachable: grpc.StatusCode.UNAVAILABLE,
    faults.LogNotFollowed: grpc.StatusCode.NOT_FOUND,
    faults.NotDiverged: grpc.StatusCode.FAILED_PRECONDITION,
    faults.ServiceUnknown: grpc.StatusCode.NOT_FOUND,
    faults.ServiceUnreachable: grpc.StatusCode.UNAVAILABLE,
    faults.ConsumerUnknown: grpc.StatusCode.NOT_FOUND,
    faults.JobUnknown: grpc.StatusCode.NOT_FOUND,
    faults.DatabaseUnavailable: grpc.StatusCode.UNAVAILABLE,
}

RETRY_SECONDS: Final[Mapping[grpc.StatusCode, float]] = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: 0.2,
    grpc.StatusCode.UNAVAILABLE: 0.2,
}
"""After which refusals a caller may send the same again, and how long it should wait."""
