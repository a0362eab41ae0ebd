"""Verifies that the leaderboards are what the grants add up to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.dirty import read_dirty
from services.chassis.facts.received import read_subjects
from services.chassis.jobs.verify import Check, Checked
from services.points.domain.standing import Standing
from services.points.storage.boards import read_boards
from services.points.storage.grants import read_granted_members, read_grants
from services.points.storage.standings import (
    StandingKey,
    list_standing_members,
    read_misordered,
    read_standings_of,
)
from services.points.usecases.update_standings import derive_standings

MEMBERS_PER_CHUNK = 500
MEMBER = "member"


def standings_checks(*, zone: ZoneInfo) -> list[Check]:
    """List what must hold of the leaderboards."""
    return [
        Check(name="leaderboards equal what the grants add up to", chunk=_grants_stand(zone)),
        Check(name="nobody stands on a leaderboard without grants", chunk=_standings_have_grants),
    ]


def _grants_stand(zone: ZoneInfo) -> Callable[[AsyncConnection, Any], Awaitable[Checked]]:
    """Add up the grants of every member anew, but for those who wait to be computed."""

    async def chunk(connection: AsyncConnection, after: Any) -> Checked:
        subjects = await read_subjects(connection, MEMBER, after=after or "", subjects_max=MEMBERS_PER_CHUNK)
        settled = set(subjects) - await read_dirty(connection, subjects)
        member_ids = {subject.partition(":")[2] for subject in settled}
        granted = await read_grants(connection, member_ids)
        boards = await read_boards(connection)
        wanted = derive_standings(
            boards,
            zone=zone,
            grants={member_id: list(grants.values()) for member_id, grants in granted.items()},
        )
        held = await read_standings_of(connection, member_ids)
        findings = _differences(held, wanted)
        tie_keys = {board.board_id: board.definition.tie_keys for board in boards}
        findings += [
            f"{_place(key)}: is ordered by other merits than its own"
            for key in await read_misordered(connection, member_ids, tie_keys=tie_keys)
            if held.get(key) == wanted.get(key)
        ]
        return Checked(compared=len(wanted), findings=findings, next=subjects[-1] if subjects else None)

    return chunk


async def _standings_have_grants(connection: AsyncConnection, after: Any) -> Checked:
    """Find whoever stands somewhere and has no grant; the other check starts from the members it knows."""
    member_ids = await list_standing_members(connection, after=after or "", members_max=MEMBERS_PER_CHUNK)
    waiting = await read_dirty(connection, [f"{MEMBER}:{member_id}" for member_id in member_ids])
    granted = await read_granted_members(connection, member_ids)
    findings = [
        f"{member_id} stands without any grant"
        for member_id in member_ids
        if member_id not in granted and f"{MEMBER}:{member_id}" not in waiting
    ]
    return Checked(compared=len(member_ids), findings=findings, next=member_ids[-1] if member_ids else None)


def _differences(held: Mapping[StandingKey, Standing], wanted: Mapping[StandingKey, Standing]) -> list[str]:
    return [
        f"{_place(key)}: stands with {_written(held.get(key))}, the grants give {_written(wanted.get(key))}"
        for key in sorted(held.keys() | wanted.keys())
        if held.get(key) != wanted.get(key)
    ]


def _place(key: StandingKey) -> str:
    return f"{key.member_id} on board {key.board_id}, {key.period_id} {key.scope_id}".rstrip()


def _written(standing: Standing | None) -> str:
    if standing is None:
        return "nothing"
    return (
        f"{standing.score_milli} milli-points, {standing.wishes_fulfilled} wishes, "
        f"{standing.counted_minutes} minutes, reached {standing.reached_at.isoformat()}"
    )
