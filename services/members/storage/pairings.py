"""Reads and writes pairings and their targets."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows, insert_columns, update_columns
from services.chassis.sql.derived import write_rows
from services.chassis.sql.paging import cut_out
from services.members.domain.pairing import Pairing, PairingKind, Target
from services.members.storage.organisation_tables import pairing_targets, pairings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which pairings a list is of; what is None does not matter."""

    work_unit_id: str | None
    community_id: str | None
    kind: PairingKind | None
    begun_before: datetime
    """Began before or at this moment."""
    ends_after: datetime
    """In force at this moment or later."""


async def read_pairings(connection: AsyncConnection, pairing_ids: Collection[str]) -> dict[str, Pairing]:
    """Read pairings by id; those that do not exist are left out."""
    statement = select(pairings).where(is_among(pairings.c.pairing_id, list(pairing_ids)))
    return {pairing.id: pairing for pairing in await _read(connection, statement)}


async def lock_pairings(connection: AsyncConnection, pairing_ids: Collection[str]) -> dict[str, Pairing]:
    """Read pairings and keep others from deciding about them until the transaction ends."""
    statement = (
        select(pairings)
        .where(is_among(pairings.c.pairing_id, list(pairing_ids)))
        .order_by(pairings.c.pairing_id)
        .with_for_update(key_share=True)
    )
    return {pairing.id: pairing for pairing in await _read(connection, statement)}


async def lock_pairings_of(connection: AsyncConnection, work_unit_id: str) -> list[Pairing]:
    """Read and lock all pairings of a work unit, the past ones too."""
    of_unit = select(pairings.c.pairing_id).where(pairings.c.work_unit_id == work_unit_id)
    held = await lock_pairings(connection, (await connection.execute(of_unit)).scalars().all())
    return [pairing for pairing in held.values() if pairing.work_unit_id == work_unit_id]


async def lock_pairings_in(connection: AsyncConnection, community_ids: Collection[str]) -> list[Pairing]:
    """Read and lock all pairings of communities, the past ones too, in the order of ids."""
    in_these = select(pairings.c.pairing_id).where(is_among(pairings.c.community_id, list(community_ids)))
    held = await lock_pairings(connection, (await connection.execute(in_these)).scalars().all())
    return list(held.values())


async def read_pairings_of(connection: AsyncConnection, work_unit_ids: Collection[str]) -> list[Pairing]:
    """Read all pairings of work units, the past ones too."""
    return await _read(
        connection, select(pairings).where(is_among(pairings.c.work_unit_id, list(work_unit_ids)))
    )


async def list_pairings(connection: AsyncConnection, page: Page, *, wanted: Wanted) -> Sequence[Pairing]:
    """Read pairings in the order of their ids; one more than the page holds."""
    statement = cut_out(select(pairings), page, pairings.c.pairing_id).where(
        pairings.c.began_at <= wanted.begun_before,
        pairings.c.ended_at.is_(None) | (pairings.c.ended_at > wanted.ends_after),
    )
    if wanted.work_unit_id is not None:
        statement = statement.where(pairings.c.work_unit_id == wanted.work_unit_id)
    if wanted.community_id is not None:
        statement = statement.where(pairings.c.community_id == wanted.community_id)
    if wanted.kind is not None:
        statement = statement.where(pairings.c.kind == wanted.kind)
    return await _read(connection, statement)


async def insert_pairings(connection: AsyncConnection, begun: Sequence[Pairing]) -> set[str]:
    """Insert pairings; returns the ids of those in whose way no other active one stood."""
    rows = [
        {
            "pairing_id": pairing.id,
            "work_unit_id": pairing.work_unit_id,
            "community_id": pairing.community_id,
            "kind": pairing.kind,
            "began_at": pairing.began_at,
            "revision": pairing.revision,
        }
        for pairing in sorted(begun, key=lambda pairing: pairing.sides)
    ]
    inserted = set(
        await insert_columns(connection, pairings, rows, conflict="ignore", returning=pairings.c.pairing_id)
    )
    await write_rows(
        connection, pairing_targets, [row for each in begun if each.id in inserted for row in _targets(each)]
    )
    return inserted


async def update_pairings(connection: AsyncConnection, changed: Sequence[Pairing]) -> None:
    """Store pairings, which are locked, with their targets; of one that changed twice the last counts."""
    latest = {pairing.id: pairing for pairing in changed}
    rows = [
        {
            "pairing_id": pairing.id,
            "work_unit_id": pairing.work_unit_id,
            "ended_at": pairing.ended_at,
            "revision": pairing.revision,
        }
        for pairing in latest.values()
    ]
    await update_columns(connection, pairings.c.pairing_id, rows)
    held = await read_pairings(connection, list(latest))
    dropped = [
        (pairing.id, target.year)
        for pairing in latest.values()
        for target in held[pairing.id].targets
        if pairing.target_of(target.year) is None
    ]
    await delete_rows(connection, pairing_targets, dropped)
    await write_rows(connection, pairing_targets, [row for each in latest.values() for row in _targets(each)])


async def _read(connection: AsyncConnection, statement: Select[Any]) -> list[Pairing]:
    rows = (await connection.execute(statement)).all()
    of_these = is_among(pairing_targets.c.pairing_id, [row.pairing_id for row in rows])
    stated = select(pairing_targets).where(of_these).order_by(pairing_targets.c.year)
    targets: defaultdict[str, list[Target]] = defaultdict(list)
    for row in await connection.execute(stated) if rows else ():
        target = Target(year=row.year, deeds_min=row.deeds_min, deeds_max=row.deeds_max)
        targets[row.pairing_id].append(target)
    return [
        Pairing(
            id=row.pairing_id,
            work_unit_id=row.work_unit_id,
            community_id=row.community_id,
            kind=PairingKind(row.kind),
            began_at=row.began_at,
            ended_at=row.ended_at,
            targets=tuple(targets[row.pairing_id]),
            revision=row.revision,
        )
        for row in rows
    ]


def _targets(pairing: Pairing) -> list[dict[str, Any]]:
    return [
        {
            "pairing_id": pairing.id,
            "year": target.year,
            "deeds_min": target.deeds_min,
            "deeds_max": target.deeds_max,
        }
        for target in pairing.targets
    ]
