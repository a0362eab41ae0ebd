"""Between the contract and the domain: work units. Pure functions that only convert."""

from collections.abc import Iterable
from typing import Final

from linli.members.v1 import organisation_pb2
from linli.members.v1.member_pb2 import IF_DIFFERS_UPDATE

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.organisation import Changes, Described
from services.members.domain.work_unit import ForeignCode, WorkUnitKind
from services.members.domain.work_unit_merge import MergedWorkUnits
from services.members.usecases.close_work_units import CloseWorkUnit
from services.members.usecases.create_work_units import CreateWorkUnit
from services.members.usecases.import_work_units import ImportWorkUnit
from services.members.usecases.merge_work_units import MergeWorkUnits
from services.members.usecases.update_work_units import UpdateWorkUnit

CHANGEABLE: Final = frozenset({"name", "kind", "parent_id", "foreign_codes"})
_KIND: Final = "WORK_UNIT_KIND_"


def create_work_unit(request: organisation_pb2.CreateWorkUnitRequest, _call: Call) -> CreateWorkUnit:
    return CreateWorkUnit(
        code=request.code,
        name=request.name,
        kind=kind(request.kind),
        parent_id=request.parent_id or None,
        foreign_codes=_foreign_codes(request.foreign_codes),
        occurred_at=stated_moment(request),
    )


def update_work_unit(request: organisation_pb2.UpdateWorkUnitRequest, _call: Call) -> UpdateWorkUnit:
    meant = frozenset(request.update_mask.paths)
    if not meant or meant - CHANGEABLE:
        raise InvalidField(f"Name some of {', '.join(sorted(CHANGEABLE))}.", field="update_mask")
    changes = Changes(
        name=request.name if "name" in meant else None,
        kind=(kind(request.kind),) if "kind" in meant else None,
        parent_id=(request.parent_id or None,) if "parent_id" in meant else None,
        foreign_codes=_foreign_codes(request.foreign_codes) if "foreign_codes" in meant else None,
    )
    return UpdateWorkUnit(work_unit_id=request.work_unit_id, etag=request.etag, changes=changes)


def close_work_unit(request: organisation_pb2.CloseWorkUnitRequest, call: Call) -> CloseWorkUnit:
    return CloseWorkUnit(
        work_unit_id=request.work_unit_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def merge_work_units(request: organisation_pb2.MergeWorkUnitsRequest, call: Call) -> MergeWorkUnits:
    return MergeWorkUnits(
        survivor_id=request.survivor_id,
        duplicate_id=request.duplicate_id,
        reason=request.reason,
        occurred_at=stated_moment(request),
        stated_by=str(call.caller),
    )


def import_work_unit(row: organisation_pb2.WorkUnitRow, _call: Call) -> ImportWorkUnit:
    return ImportWorkUnit(
        code=row.code,
        name=row.name,
        kind=kind(row.kind),
        parent_code=row.parent_code,
        foreign_codes=_foreign_codes(row.foreign_codes),
        occurred_at=stated_moment(row),
        updates=row.if_differs == IF_DIFFERS_UPDATE,
    )


def kind(stated: organisation_pb2.WorkUnitKind.ValueType, /) -> WorkUnitKind | None:
    """Read a kind; None if nobody said."""
    name = organisation_pb2.WorkUnitKind.Name(stated).removeprefix(_KIND)
    return WorkUnitKind(name) if stated else None


def foreign_code(stated: organisation_pb2.ForeignCode, /) -> ForeignCode:
    return ForeignCode(system=stated.system, code=stated.code)


def work_unit(described: Described, /) -> organisation_pb2.WorkUnit:
    unit = described.unit
    return organisation_pb2.WorkUnit(
        work_unit_id=unit.id,
        code=unit.code,
        name=unit.name,
        kind=organisation_pb2.WorkUnitKind.Value(f"{_KIND}{unit.kind or 'UNSPECIFIED'}"),
        parent_id=unit.parent_id or "",
        foreign_codes=[
            organisation_pb2.ForeignCode(system=each.system, code=each.code)
            for each in sorted(described.foreign_codes)
        ],
        effective_from=timestamp(unit.effective_from),
        closed_at=timestamp(unit.closed_at),
        etag=unit.etag,
    )


def merged(plan: MergedWorkUnits, /) -> organisation_pb2.MergedWorkUnit:
    return organisation_pb2.MergedWorkUnit(
        members=len(plan.members),
        sub_units=len(plan.sub_units),
        pairings=len(plan.pairings),
        pairings_ended=plan.pairings_ended,
        teams=len(plan.teams),
        roles=len(plan.roles),
        foreign_codes=plan.foreign_codes,
        forwarded_ids=len(plan.forwarded),
    )


def _foreign_codes(stated: Iterable[organisation_pb2.ForeignCode]) -> frozenset[ForeignCode]:
    return frozenset(map(foreign_code, stated))
