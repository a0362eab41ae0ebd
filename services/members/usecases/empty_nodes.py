"""End what is in nodes that are merged into another: enrolments go on there, the rest does not."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Node
from services.members.domain.register import Member
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import insert_enrolments, read_active_in, update_enrolments
from services.members.storage.facts import causes, of_enrolment
from services.members.storage.members import lock_members
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.pairings import lock_pairings_in, update_pairings
from services.members.storage.role_facts import of_role
from services.members.storage.roles import read_roles_beyond, update_roles


async def lock_those_in(work: Work, node_ids: Collection[str], *, at: datetime) -> dict[str, Member]:
    """Lock, all at once, the members who are enrolled or charged in nodes that are locked; by id."""
    enrolled = await read_active_in(work.connection, node_ids)
    charged = await read_roles_beyond(work.connection, node_ids, at=at)
    member_ids = {each.member_id for each in enrolled} | {each.member_id for each in charged}
    return await lock_members(work.connection, member_ids)


async def move_enrolments(
    work: Work,
    community_ids: Collection[str],
    *,
    to: Node,
    at: datetime,
    members: Mapping[str, Member],
    zone: ZoneInfo,
) -> list[str]:
    """Let the active enrolments of communities end, and begin anew in another at the same moment.

    Args:
        work: One transaction, in which all of these communities are locked.
        community_ids: From where.
        to: Where.
        at: When; all of them began before.
        members: Who are enrolled there, locked.
        zone: The district's, by whose days those enrolled are counted.

    Returns:
        The ids of the facts: of each member the end and the beginning.
    """
    # Read again, as some may have left before they were locked.
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
        work: One transaction, in which these nodes and those charged there are locked.
        node_ids: Where.
        at: When; all of them began before.

    Returns:
        The ids of the facts.
    """
    ended = [
        replace(role, valid_until=at, revision=role.revision + 1)
        for role in await read_roles_beyond(work.connection, node_ids, at=at)
    ]
    await update_roles(work.connection, ended)
    parted = [
        replace(pairing, ended_at=at, revision=pairing.revision + 1)
        for pairing in await lock_pairings_in(work.connection, node_ids)
        if pairing.ended_at is None or pairing.ended_at > at
    ]
    await update_pairings(work.connection, parted)
    return [of_role(role).make(work) for role in ended] + [
        of_pairing(pairing).make(work) for pairing in parted
    ]
