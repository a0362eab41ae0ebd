"""Ends the pairings of communities that are merged into others."""

from collections.abc import Collection
from datetime import datetime

from linli.members.v1.facts_pb2 import PairingFact
from linli.members.v1.pairing_pb2 import PairingKind, PairingTarget
from sqlalchemy import or_, select

from services.chassis.facts.statement import Statement
from services.chassis.moments import timestamp
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import update_columns
from services.chassis.work import Work
from services.members.storage.organisation_tables import pairing_targets, pairings


async def end_pairings(work: Work, community_ids: Collection[str], *, at: datetime) -> list[str]:
    """End the pairings that go on beyond a moment; gives the ids of the facts that state it."""
    goes_on = or_(pairings.c.ended_at.is_(None), pairings.c.ended_at > at)
    statement = select(pairings).where(is_among(pairings.c.community_id, sorted(community_ids)), goes_on)
    found = (await work.connection.execute(statement.order_by(pairings.c.pairing_id).with_for_update())).all()
    rows = [{"pairing_id": row.pairing_id, "ended_at": at, "revision": row.revision + 1} for row in found]
    await update_columns(work.connection, pairings.c.pairing_id, rows)
    ended = [row["pairing_id"] for row in rows]
    return [each.make(work) for each in (await _read_statements(work, ended)).values()]


async def _read_statements(work: Work, pairing_ids: Collection[str]) -> dict[str, Statement]:
    targets: dict[str, list[PairingTarget]] = {pairing_id: [] for pairing_id in pairing_ids}
    of_these = select(pairing_targets).where(is_among(pairing_targets.c.pairing_id, pairing_ids))
    for row in await work.connection.execute(of_these.order_by(pairing_targets.c.year)):
        target = PairingTarget(year=row.year, deeds_min=row.deeds_min, deeds_max=row.deeds_max)
        targets[row.pairing_id].append(target)
    held = (
        select(pairings).where(is_among(pairings.c.pairing_id, pairing_ids)).order_by(pairings.c.pairing_id)
    )
    return {
        row.pairing_id: Statement(
            record_id=row.pairing_id,
            revision=row.revision,
            effective_at=row.began_at,
            subjects=(("work_unit", row.work_unit_id), ("grid_node", row.community_id)),
            body=PairingFact(
                pairing_id=row.pairing_id,
                work_unit_id=row.work_unit_id,
                community_id=row.community_id,
                kind=PairingKind.Value(f"PAIRING_KIND_{row.kind}"),
                ended_at=timestamp(row.ended_at),
                targets=targets[row.pairing_id],
            ),
        )
        for row in await work.connection.execute(held)
    }
