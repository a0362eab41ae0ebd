"""Between the contract and the domain: work units. Pure functions that only convert."""

from linli.members.v1 import organisation_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment
from services.members.domain.work_unit import WorkUnit
from services.members.usecases.create_work_units import CreateWorkUnit


def create_work_unit(request: organisation_pb2.CreateWorkUnitRequest, _call: Call) -> CreateWorkUnit:
    return CreateWorkUnit(code=request.code, name=request.name, occurred_at=stated_moment(request))


def work_unit(record: WorkUnit, /) -> organisation_pb2.WorkUnit:
    return organisation_pb2.WorkUnit(work_unit_id=record.id, code=record.code, name=record.name)
