"""The status code of each fault of this service."""

from typing import Final

from grpc import StatusCode

from services.chassis.rpc.table import CodeTable
from services.members.domain import faults

CODES: Final[CodeTable] = {
    faults.NodeUnknown: StatusCode.NOT_FOUND,
    faults.WorkUnitUnknown: StatusCode.NOT_FOUND,
    faults.MemberUnknown: StatusCode.NOT_FOUND,
    faults.MemberMerged: StatusCode.FAILED_PRECONDITION,
    faults.MemberErased: StatusCode.FAILED_PRECONDITION,
    faults.EtagStale: StatusCode.ABORTED,
    faults.ExternalIdTaken: StatusCode.ALREADY_EXISTS,
    faults.PossibleDuplicate: StatusCode.ALREADY_EXISTS,
    faults.MemberDiffers: StatusCode.ALREADY_EXISTS,
    faults.StillEnrolled: StatusCode.FAILED_PRECONDITION,
    faults.PhoneCountry: StatusCode.INVALID_ARGUMENT,
    faults.AvailabilityOverlaps: StatusCode.INVALID_ARGUMENT,
    faults.TermUnknown: StatusCode.NOT_FOUND,
    faults.TermExists: StatusCode.ALREADY_EXISTS,
    faults.TermRetired: StatusCode.FAILED_PRECONDITION,
    faults.ConsentGiven: StatusCode.ALREADY_EXISTS,
    faults.ConsentNotGiven: StatusCode.NOT_FOUND,
    faults.ConsentOutOfOrder: StatusCode.FAILED_PRECONDITION,
    faults.EnrolmentUnknown: StatusCode.NOT_FOUND,
    faults.MergeUnknown: StatusCode.NOT_FOUND,
    faults.NotEnrolled: StatusCode.NOT_FOUND,
    faults.CodeTaken: StatusCode.ALREADY_EXISTS,
    faults.DistrictExists: StatusCode.ALREADY_EXISTS,
    faults.AlreadyEnrolled: StatusCode.ALREADY_EXISTS,
    faults.SameMember: StatusCode.INVALID_ARGUMENT,
    faults.MergeUndone: StatusCode.FAILED_PRECONDITION,
    faults.LevelMismatch: StatusCode.FAILED_PRECONDITION,
    faults.NodeClosed: StatusCode.FAILED_PRECONDITION,
    faults.NodeNotYet: StatusCode.FAILED_PRECONDITION,
    faults.NotACommunity: StatusCode.FAILED_PRECONDITION,
    faults.EnrolmentEnded: StatusCode.FAILED_PRECONDITION,
    faults.EndsBeforeStart: StatusCode.FAILED_PRECONDITION,
    faults.StatementUnknown: StatusCode.NOT_FOUND,
    faults.StatementFrozen: StatusCode.FAILED_PRECONDITION,
    faults.StatementNotReady: StatusCode.FAILED_PRECONDITION,
    faults.StatementNotSent: StatusCode.FAILED_PRECONDITION,
    faults.StatementAcknowledged: StatusCode.FAILED_PRECONDITION,
    faults.StatementReplied: StatusCode.FAILED_PRECONDITION,
    faults.StatementSuperseded: StatusCode.FAILED_PRECONDITION,
    faults.NotYourSide: StatusCode.PERMISSION_DENIED,
}
