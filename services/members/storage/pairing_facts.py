"""What pairings say of themselves in the log."""

from linli.members.v1.facts_pb2 import PairingFact
from linli.members.v1.pairing_pb2 import PairingKind, PairingTarget

from services.chassis.facts.statement import Statement
from services.chassis.moments import timestamp
from services.members.domain.pairing import Pairing, Target


def of_pairing(pairing: Pairing, /) -> Statement:
    """State a pairing, effective from its beginning even when it is its end that is stated."""
    body = PairingFact(
        pairing_id=pairing.id,
        work_unit_id=pairing.work_unit_id,
        community_id=pairing.community_id,
        kind=PairingKind.Value(f"PAIRING_KIND_{pairing.kind}"),
        ended_at=timestamp(pairing.ended_at),
        targets=map(target, pairing.targets),
    )
    return Statement(
        record_id=pairing.id,
        revision=pairing.revision,
        effective_at=pairing.began_at,
        subjects=(("work_unit", pairing.work_unit_id), ("grid_node", pairing.community_id)),
        body=body,
    )


def target(stated: Target, /) -> PairingTarget:
    return PairingTarget(year=stated.year, deeds_min=stated.deeds_min, deeds_max=stated.deeds_max)
