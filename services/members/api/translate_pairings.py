"""Between the contract and the domain: pairings. Pure functions that only convert."""

from collections.abc import Iterable
from typing import Final

from linli.members.v1 import pairing_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.pairing import Pairing, PairingKind, Target, sort_targets
from services.members.storage import pairing_facts
from services.members.usecases.create_pairings import CreatePairing
from services.members.usecases.end_pairings import EndPairing
from services.members.usecases.set_pairing_targets import SetPairingTarget

_KIND: Final = "PAIRING_KIND_"


def create_pairing(request: pairing_pb2.CreatePairingRequest, _call: Call) -> CreatePairing:
    return CreatePairing(
        work_unit_id=request.work_unit_id,
        community_id=request.community_id,
        kind=PairingKind(pairing_pb2.PairingKind.Name(request.kind).removeprefix(_KIND)),
        targets=sort_targets(map(_target, request.targets)),
        occurred_at=stated_moment(request),
    )


def end_pairing(request: pairing_pb2.EndPairingRequest, call: Call) -> EndPairing:
    return EndPairing(
        pairing_id=request.pairing_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def set_pairing_target(request: pairing_pb2.SetPairingTargetRequest, _call: Call) -> SetPairingTarget:
    return SetPairingTarget(pairing_id=request.pairing_id, target=_target(request.target))


def kind(stated: pairing_pb2.PairingKind.ValueType, /) -> PairingKind | None:
    """Read a kind that a list may be filtered by."""
    return PairingKind(pairing_pb2.PairingKind.Name(stated).removeprefix(_KIND)) if stated else None


def pairing(record: Pairing, /, *, targets: Iterable[Target]) -> pairing_pb2.Pairing:
    return pairing_pb2.Pairing(
        pairing_id=record.id,
        work_unit_id=record.work_unit_id,
        community_id=record.community_id,
        kind=pairing_pb2.PairingKind.Value(f"{_KIND}{record.kind}"),
        began_at=timestamp(record.began_at),
        ended_at=timestamp(record.ended_at),
        targets=map(pairing_facts.target, targets),
    )


def _target(stated: pairing_pb2.PairingTarget) -> Target:
    return Target(year=stated.year, deeds_min=stated.deeds_min, deeds_max=stated.deeds_max)
