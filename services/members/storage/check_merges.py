"""What must hold of members who were merged; `verify` looks for breaches."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.domain.merge import stands_for
from services.members.storage.belongings import read_misplaced
from services.members.storage.person_tables import member_merges
from services.members.storage.tables import members


def checks_of_merges() -> list[Check]:
    """List the laws of merges."""
    return [
        Check(name="who was merged stands for the end of their merges", chunk=_check_standing),
        Check(name="what holds belongs to nobody who was merged", chunk=_check_belongings),
    ]


async def _check_standing(connection: AsyncConnection, _next: Any) -> Checked:
    in_force = select(member_merges.c.duplicate_id, member_merges.c.survivor_id).where(
        member_merges.c.undone_at.is_(None)
    )
    merges = dict((await connection.execute(in_force)).all())
    merged = select(members.c.member_id, members.c.merged_into).where(members.c.merged_into.is_not(None))
    standing = dict((await connection.execute(merged)).all())
    due = {member_id: stands_for(member_id, merges=merges) for member_id in merges}
    findings = [
        f"member {member_id} stands for {standing.get(member_id)}, not {due.get(member_id)}"
        for member_id in sorted(standing.keys() | due.keys())
        if standing.get(member_id) != due.get(member_id)
    ]
    return Checked(compared=len(merges), findings=findings[:FINDINGS_MAX])


async def _check_belongings(connection: AsyncConnection, _next: Any) -> Checked:
    misplaced = await read_misplaced(connection, records_max=FINDINGS_MAX)
    merged = select(func.count()).where(members.c.merged_into.is_not(None))
    return Checked(
        compared=(await connection.execute(merged)).scalar_one(),
        findings=[f"record {record_id} belongs to somebody who was merged" for record_id in misplaced],
    )
