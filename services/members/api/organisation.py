"""Serves `OrganisationService`."""

from typing import Final

from linli.members.v1 import organisation_pb2
from linli.members.v1.organisation_pb2 import (
    GetWorkUnitRequest,
    GetWorkUnitResponse,
    ListWorkUnitsRequest,
    ListWorkUnitsResponse,
)

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_organisation as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import WorkUnitUnknown
from services.members.storage.work_units import list_work_units, read_work_units
from services.members.usecases.create_work_units import create_work_units

SERVICE: Final = organisation_pb2.DESCRIPTOR.services_by_name["OrganisationService"]


def organisation_service(frame: Frame) -> Registration:
    async def get(request: GetWorkUnitRequest, _call: Call) -> GetWorkUnitResponse:
        async with frame.database.read() as connection:
            found = await read_work_units(connection, [request.work_unit_id])
        if request.work_unit_id not in found:
            raise WorkUnitUnknown(field="work_unit_id", work_unit_id=request.work_unit_id)
        return GetWorkUnitResponse(work_unit=translate.work_unit(found[request.work_unit_id]))

    async def list_(request: ListWorkUnitsRequest, _call: Call) -> ListWorkUnitsResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_work_units(connection, page)
        rows, token = page.cut(found, key=lambda unit: (unit.code,))
        return ListWorkUnitsResponse(work_units=map(translate.work_unit, rows), next_page_token=token)

    writes = frame.writes(SERVICE, CODES).rpcs(
        "CreateWorkUnit",
        batch="BatchCreateWorkUnits",
        decode=translate.create_work_unit,
        usecase=create_work_units,
    )
    return Registration(
        descriptor=SERVICE,
        rpcs={**writes, "GetWorkUnit": get, "ListWorkUnits": list_},
        access=ACCESS,
        codes=CODES,
    )
