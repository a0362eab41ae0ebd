"""The status code of each fault of this service."""

from typing import Final

from grpc import StatusCode

from services.chassis.rpc.table import CodeTable
from services.events.domain import faults

CODES: Final[CodeTable] = {
    faults.CommunityUnknown: StatusCode.NOT_FOUND,
    faults.MemberUnknown: StatusCode.NOT_FOUND,
    faults.MemberMerged: StatusCode.FAILED_PRECONDITION,
    faults.MemberErased: StatusCode.FAILED_PRECONDITION,
    faults.CodeTaken: StatusCode.ALREADY_EXISTS,
    faults.ActivityUnknown: StatusCode.NOT_FOUND,
    faults.AlreadyPublished: StatusCode.FAILED_PRECONDITION,
    faults.PublishedTooLate: StatusCode.FAILED_PRECONDITION,
    faults.NotPublished: StatusCode.FAILED_PRECONDITION,
    faults.AttendanceUnknown: StatusCode.NOT_FOUND,
    faults.AlreadySignedIn: StatusCode.ALREADY_EXISTS,
    faults.OutsideWindow: StatusCode.FAILED_PRECONDITION,
    faults.NotSignedIn: StatusCode.FAILED_PRECONDITION,
    faults.SignOutBeforeSignIn: StatusCode.FAILED_PRECONDITION,
    faults.NotSignedOut: StatusCode.FAILED_PRECONDITION,
    faults.AlreadyConfirmed: StatusCode.FAILED_PRECONDITION,
    faults.NotConfirmed: StatusCode.FAILED_PRECONDITION,
    faults.HoursRevoked: StatusCode.FAILED_PRECONDITION,
    faults.OwnHours: StatusCode.PERMISSION_DENIED,
    faults.WishUnknown: StatusCode.NOT_FOUND,
    faults.WrongState: StatusCode.FAILED_PRECONDITION,
    faults.StepBeforePrevious: StatusCode.INVALID_ARGUMENT,
    faults.AlreadyClaimed: StatusCode.ALREADY_EXISTS,
    faults.OwnWish: StatusCode.PERMISSION_DENIED,
}
