"""Serves `PairingService`."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from linli.members.v1 import pairing_pb2
from linli.members.v1.pairing_pb2 import (
    GetPairingRequest,
    GetPairingResponse,
    ListPairingsRequest,
    ListPairingsResponse,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_pairings as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import NodeUnknown
from services.members.domain.pairing import Pairing
from services.members.domain.unit_faults import PairingUnknown
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.pairings import Wanted, list_pairings, read_pairings
from services.members.storage.work_units import read_unit_id
from services.members.usecases.create_pairings import create_pairings
from services.members.usecases.end_pairings import end_pairings
from services.members.usecases.set_pairing_targets import set_pairing_targets

SERVICE: Final = pairing_pb2.DESCRIPTOR.services_by_name["PairingService"]
_INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of a stored time."""


def pairing_service(frame: Frame) -> Registration:
    async def get(request: GetPairingRequest, _call: Call) -> GetPairingResponse:
        async with frame.database.read() as connection:
            found = await read_pairings(connection, [request.pairing_id])
        if request.pairing_id not in found:
            raise PairingUnknown(field="pairing_id", pairing_id=request.pairing_id)
        record = found[request.pairing_id]
        return GetPairingResponse(pairing=translate.pairing(record, targets=record.targets))

    async def list_(request: ListPairingsRequest, _call: Call) -> ListPairingsResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            now = await frame.database.now(connection)
            wanted = await _read_wanted(connection, request, now=now, zone=frame.zone)
            found = await list_pairings(connection, page, wanted=wanted)
        year = request.year or (stated_moment(request, field="as_of") or now).astimezone(frame.zone).year
        rows, token = page.cut(found, key=lambda record: (record.id,))
        return ListPairingsResponse(
            pairings=[_of_year(record, year) for record in rows], next_page_token=token
        )

    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), "GetPairing": get, "ListPairings": list_},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    return {
        **writes.rpcs(
            "CreatePairing",
            batch="BatchCreatePairings",
            decode=translate.create_pairing,
            usecase=create_pairings,
        ),
        **writes.rpcs(
            "EndPairing",
            batch="BatchEndPairings",
            decode=translate.end_pairing,
            usecase=partial(end_pairings, zone=frame.zone),
        ),
        **writes.rpcs(
            "SetPairingTarget",
            batch="BatchSetPairingTargets",
            decode=translate.set_pairing_target,
            usecase=set_pairing_targets,
        ),
    }


async def _read_wanted(
    connection: AsyncConnection, request: ListPairingsRequest, *, now: datetime, zone: ZoneInfo
) -> Wanted:
    if request.community_id and not await read_nodes(connection, [request.community_id]):
        raise NodeUnknown(field="community_id", node_id=request.community_id)
    at = stated_moment(request, field="as_of")
    begun_before = ends_after = at or now
    if request.year:
        year = Period.parse(f"{request.year:04}", zone=zone, field="year")
        begun_before = min(year.ends_at - _INSTANT, at) if at else year.ends_at - _INSTANT
        ends_after = max(year.starts_at, at) if at else year.starts_at
    return Wanted(
        work_unit_id=await read_unit_id(connection, request.work_unit_id),
        community_id=request.community_id or None,
        kind=translate.kind(request.kind),
        begun_before=begun_before,
        ends_after=ends_after,
    )


def _of_year(record: Pairing, year: int) -> pairing_pb2.Pairing:
    target = record.target_of(year)
    return translate.pairing(record, targets=[target] if target else [])
