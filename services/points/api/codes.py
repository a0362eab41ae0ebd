"""The status code of each fault of this service."""

from typing import Final

from grpc import StatusCode

from services.chassis.rpc.table import CodeTable
from services.points.domain import faults

CODES: Final[CodeTable] = {
    faults.DocumentMalformed: StatusCode.INVALID_ARGUMENT,
    faults.ScopeMismatch: StatusCode.INVALID_ARGUMENT,
    faults.BandsMalformed: StatusCode.INVALID_ARGUMENT,
    faults.RuleSetUnknown: StatusCode.NOT_FOUND,
    faults.MemberUnknown: StatusCode.NOT_FOUND,
    faults.EntryUnknown: StatusCode.NOT_FOUND,
    faults.BoardUnknown: StatusCode.NOT_FOUND,
    faults.NotOnBoard: StatusCode.NOT_FOUND,
    faults.RunUnknown: StatusCode.NOT_FOUND,
    faults.VersionTaken: StatusCode.ALREADY_EXISTS,
    faults.CodeTaken: StatusCode.ALREADY_EXISTS,
    faults.AlreadyApproved: StatusCode.FAILED_PRECONDITION,
    faults.VersionOutOfOrder: StatusCode.FAILED_PRECONDITION,
    faults.BoardEmpty: StatusCode.FAILED_PRECONDITION,
    faults.TieAtCutoff: StatusCode.FAILED_PRECONDITION,
    faults.OverBudget: StatusCode.FAILED_PRECONDITION,
    faults.WrongState: StatusCode.FAILED_PRECONDITION,
    faults.DigestMismatch: StatusCode.FAILED_PRECONDITION,
    faults.NotExecuted: StatusCode.FAILED_PRECONDITION,
    faults.SamePerson: StatusCode.PERMISSION_DENIED,
}
