"""Serves `OrganisationService`."""

from collections.abc import Collection
from functools import partial
from typing import Final

from linli.members.v1 import organisation_pb2
from linli.members.v1.organisation_pb2 import (
    BatchGetWorkUnitsRequest,
    BatchGetWorkUnitsResponse,
    FindWorkUnitRequest,
    FindWorkUnitResponse,
    GetWorkUnitRequest,
    GetWorkUnitResponse,
    ListWorkUnitsRequest,
    ListWorkUnitsResponse,
    MergeWorkUnitsRequest,
    MergeWorkUnitsResponse,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_organisation as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import WorkUnitUnknown
from services.members.storage.foreign_codes import describe, read_owners
from services.members.storage.work_units import list_work_units, read_current, read_unit_id
from services.members.usecases.close_work_units import close_work_units
from services.members.usecases.create_work_units import create_work_units
from services.members.usecases.import_work_units import import_work_units
from services.members.usecases.merge_work_units import merge_work_units, plan_merge
from services.members.usecases.update_work_units import change_work_units

SERVICE: Final = organisation_pb2.DESCRIPTOR.services_by_name["OrganisationService"]


def organisation_service(frame: Frame) -> Registration:
    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), **_reads(frame)},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    merging = writes.rpcs("MergeWorkUnits", decode=translate.merge_work_units, usecase=merge_work_units)

    async def merge(request: MergeWorkUnitsRequest, call: Call) -> MergeWorkUnitsResponse:
        if not request.dry_run:
            answer = await merging["MergeWorkUnits"](request, call)
            assert isinstance(answer, MergeWorkUnitsResponse)  # noqa: S101 - the contract says so
            return answer
        command = translate.merge_work_units(request, call)
        async with frame.database.read() as connection:
            now = await frame.database.now(connection)
            plan = await plan_merge(connection, command, now=now)
        return MergeWorkUnitsResponse(would_change=translate.merged(plan))

    return {
        **writes.rpcs(
            "CreateWorkUnit",
            batch="BatchCreateWorkUnits",
            decode=translate.create_work_unit,
            usecase=create_work_units,
        ),
        **writes.rpcs(
            "UpdateWorkUnit",
            batch="BatchUpdateWorkUnits",
            decode=translate.update_work_unit,
            usecase=change_work_units,
        ),
        **writes.rpcs(
            "CloseWorkUnit",
            batch="BatchCloseWorkUnits",
            decode=translate.close_work_unit,
            usecase=partial(close_work_units, zone=frame.zone),
        ),
        **writes.rows("ImportWorkUnits", decode=translate.import_work_unit, usecase=import_work_units),
        "MergeWorkUnits": merge,
    }


def _reads(frame: Frame) -> dict[str, Unary]:
    async def get(request: GetWorkUnitRequest, _call: Call) -> GetWorkUnitResponse:
        async with frame.database.read() as connection:
            found = await _read(connection, [request.work_unit_id])
        if request.work_unit_id not in found:
            raise WorkUnitUnknown(field="work_unit_id", work_unit_id=request.work_unit_id)
        return GetWorkUnitResponse(work_unit=found[request.work_unit_id])

    async def get_many(request: BatchGetWorkUnitsRequest, _call: Call) -> BatchGetWorkUnitsResponse:
        async with frame.database.read() as connection:
            found = await _read(connection, request.work_unit_ids)
        return BatchGetWorkUnitsResponse(
            work_units=[found[unit_id] for unit_id in request.work_unit_ids if unit_id in found],
            unknown_ids=[unit_id for unit_id in request.work_unit_ids if unit_id not in found],
        )

    async def find(request: FindWorkUnitRequest, _call: Call) -> FindWorkUnitResponse:
        wanted = translate.foreign_code(request.foreign_code)
        async with frame.database.read() as connection:
            owners = await read_owners(connection, [wanted])
            if wanted not in owners:
                raise WorkUnitUnknown(field="foreign_code")
            (unit,) = (await _read(connection, owners.values())).values()
        return FindWorkUnitResponse(work_unit=unit)

    async def list_(request: ListWorkUnitsRequest, _call: Call) -> ListWorkUnitsResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_work_units(
                connection,
                page,
                parent_id=await read_unit_id(connection, request.parent_id, field="parent_id"),
                kind=translate.kind(request.kind),
                open_only=request.open_only,
            )
            rows, token = page.cut(found, key=lambda unit: (unit.code,))
            described = await describe(connection, rows)
        work_units = [translate.work_unit(described[unit.id]) for unit in rows]
        return ListWorkUnitsResponse(work_units=work_units, next_page_token=token)

    return {"GetWorkUnit": get, "BatchGetWorkUnits": get_many, "FindWorkUnit": find, "ListWorkUnits": list_}


async def _read(
    connection: AsyncConnection, asked_ids: Collection[str]
) -> dict[str, organisation_pb2.WorkUnit]:
    """Read the work units that ids stand for, by the ids asked for."""
    current = await read_current(connection, asked_ids)
    described = await describe(connection, {unit.id: unit for unit in current.values()}.values())
    return {asked_id: translate.work_unit(described[unit.id]) for asked_id, unit in current.items()}
