"""Reads the criteria by which members are to be found."""

from datetime import datetime

from linli.members.v1.member_pb2 import FindMembersRequest
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import InvalidField
from services.members.domain.faults import NodeUnknown, TermUnknown
from services.members.domain.participation import refuse_below_community
from services.members.domain.vocabulary import TermKind
from services.members.storage.finding import MemberIds, enrolled_under, with_code, with_term
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.personal_details import with_external_id, with_name_prefix, with_phone
from services.members.storage.phone_countries import allowed_phone_countries
from services.members.storage.vocabulary import read_terms
from services.members.usecases.read_phone import read_phone


async def read_criteria(
    connection: AsyncConnection, request: FindMembersRequest, *, now: datetime
) -> list[MemberIds]:
    """Read the criteria that are stated, but for the work unit, as selections of which all must hold.

    Raises:
        InvalidField: None is stated, or the phone is none.
        TermUnknown: The vocabulary has no such skill or service type.
        NodeUnknown: The grid has no such node.
        NotACommunity: Nobody enrols with a node of that level.
    """
    criteria: list[MemberIds] = []
    if request.code:
        criteria.append(with_code(request.code))
    if request.HasField("external_id"):
        criteria.append(with_external_id(request.external_id.system, request.external_id.value))
    if request.phone:
        countries = await allowed_phone_countries(connection)
        criteria.append(with_phone(read_phone(request.phone, countries=countries)))
    if request.name_prefix.strip():
        criteria.append(with_name_prefix(request.name_prefix.strip()))
    criteria += await _read_terms(connection, request)
    if request.node_id:
        await _refuse_unknown_node(connection, request.node_id)
        criteria.append(enrolled_under(request.node_id, at=now))
    if not criteria and not request.work_unit_id:
        raise InvalidField("State at least one criterion; `ListMembers` lists everybody.")
    return criteria


async def _read_terms(connection: AsyncConnection, request: FindMembersRequest) -> list[MemberIds]:
    fields = {
        "skill": (TermKind.SKILL, request.skill),
        "service_type": (TermKind.SERVICE_TYPE, request.service_type),
    }
    asked = {field: key for field, key in fields.items() if key[1]}
    known = await read_terms(connection, asked.values()) if asked else {}
    for field, key in asked.items():
        if key not in known:
            raise TermUnknown(field=field, code=key[1])
    return [with_term(kind, code) for kind, code in asked.values()]


async def _refuse_unknown_node(connection: AsyncConnection, node_id: str) -> None:
    found = await read_nodes(connection, [node_id])
    if node_id not in found:
        raise NodeUnknown(field="node_id", node_id=node_id)
    refuse_below_community(found[node_id])
