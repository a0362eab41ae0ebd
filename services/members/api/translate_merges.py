"""Between the contract and the domain: merges. Pure functions that only convert."""

from collections.abc import Iterable

from linli.members.v1 import merge_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import timestamp
from services.members.domain.merge import Merge, Outcome
from services.members.storage.merges import MergedRecord
from services.members.usecases.merge_members import MergeMembers
from services.members.usecases.unmerge_members import UnmergeMembers

_DONE = {
    Outcome.MOVED: pb.MergedRecordOutcome.MERGED_RECORD_OUTCOME_MOVED,
    Outcome.WITHDRAWN: pb.MergedRecordOutcome.MERGED_RECORD_OUTCOME_WITHDRAWN,
}
_GIVEN_BACK = {
    Outcome.MOVED: pb.MergedRecordOutcome.MERGED_RECORD_OUTCOME_RETURNED,
    Outcome.WITHDRAWN: pb.MergedRecordOutcome.MERGED_RECORD_OUTCOME_REINSTATED,
}


def merge_members(request: pb.MergeMembersRequest, call: Call) -> MergeMembers:
    return MergeMembers(
        survivor_id=request.survivor_id,
        duplicate_id=request.duplicate_id,
        reason=request.reason,
        stated_by=str(call.caller),
    )


def unmerge_members(request: pb.UnmergeMembersRequest, call: Call) -> UnmergeMembers:
    return UnmergeMembers(merge_id=request.merge_id, reason=request.reason, stated_by=str(call.caller))


def done(records: Iterable[MergedRecord]) -> list[pb.MergedRecord]:
    """Say what the merge did, whether it was taken back since or not."""
    return [_message(each, _DONE[each.became]) for each in records]


def undone(records: Iterable[MergedRecord]) -> list[pb.MergedRecord]:
    """Say what became of it when the merge was taken back."""
    return [_message(each, (_GIVEN_BACK if each.given_back else _DONE)[each.became]) for each in records]


def merge(record: Merge, /, *, records: Iterable[MergedRecord] = ()) -> pb.Merge:
    return pb.Merge(
        merge_id=record.id,
        survivor_id=record.survivor_id,
        duplicate_id=record.duplicate_id,
        reason=record.reason,
        merged_by=record.merged_by,
        merged_at=timestamp(record.merged_at),
        undone_by=record.undone_by or "",
        undone_at=timestamp(record.undone_at),
        undone_reason=record.undone_reason or "",
        records=undone(records),
    )


def _message(record: MergedRecord, outcome: pb.MergedRecordOutcome.ValueType) -> pb.MergedRecord:
    return pb.MergedRecord(
        kind=pb.MergedRecordKind.Value(f"MERGED_RECORD_KIND_{record.key.kind}"),
        record_id=record.key.record_id,
        outcome=outcome,
    )
