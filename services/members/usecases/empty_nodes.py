"""End what is in nodes that are merged into another: enrolments go on there, the rest does not."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Node
from services.members.storage.ended_pairings import end_pairings
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import insert_enrolments, read_active_in, update_enrolments
from services.members.storage.facts import causes, of_enrolment
from services.members.storage.members import lock_members
from services.members.storage.role_facts import of_role
from services.members.storage.roles import read_roles_beyond, update_roles


async def move_enrolments(
    work: Work, community_ids: Collection[str], *, to: Node, at: datetime, zone: ZoneInfo
) -> list[str]:
    """Let the active enrolments of communities end, and begin anew in another at the same moment.

    Args:
        work: One transaction, in which all of these communities are locked.
        community_ids: From where.
        to: Where.
        at: When; all of them began before.
        zone: The district's, by whose days those enrolled are counted.

    Returns:
        The ids of the facts: of each member the end and the beginning.
    """
    seen = await read_active_in(work.connection, community_ids)
    members = await lock_members(work.connection, {each.member_id for each in seen})
    # Of members who are locked now: some may have left since they were seen.
    before = await read_active_in(work.connection, community_ids)
    pairs = [_moved(enrolment, to=to, at=at) for enrolment in before]
    ended, begun = [old for old, _ in pairs], [new for _, new in pairs]
    await update_enrolments(work.connection, ended)
    await insert_enrolments(work.connection, begun)
    await record_changes(work, before=before, after=[*ended, *begun], zone=zone)
    facts: list[str] = []
    for old, new in pairs:
        facts.append(of_enrolment(old).make(work))
        facts.append(of_enrolment(new).make(work, causes=causes(members[new.member_id], to)))
    return facts


def _moved(enrolment: Enrolment, *, to: Node, at: datetime) -> tuple[Enrolment, Enrolment]:
    return (
        replace(enrolment, ended_at=at, revision=enrolment.revision + 1),
        replace(enrolment, id=new_id(), community_id=to.id, enrolled_at=at, renewed_periods=(), revision=1),
    )


async def end_charges(work: Work, node_ids: Collection[str], *, at: datetime) -> list[str]:
    """End the roles and the pairings in nodes; whoever goes on elsewhere is charged anew.

    Args:
        work: One transaction, in which these nodes are locked.
        node_ids: Where.
        at: When; all of them began before.

    Returns:
        The ids of the facts.
    """
    seen = await read_roles_beyond(work.connection, node_ids, at=at)
    await lock_members(work.connection, {role.member_id for role in seen})
    ended = [
        replace(role, valid_until=at, revision=role.revision + 1)
        for role in await read_roles_beyond(work.connection, node_ids, at=at)
    ]
    await update_roles(work.connection, ended)
    facts = [of_role(role).make(work) for role in ended]
    return facts + await end_pairings(work, node_ids, at=at)
