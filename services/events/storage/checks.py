"""What must hold of activities, stays and wishes, and of the log; `verify` looks for breaches."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Column, Row, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import Statement, check_statements
from services.chassis.jobs.verify import Check, Checked
from services.chassis.tables import facts
from services.events.domain.activity import ActivityState
from services.events.domain.attendance import AttendanceState, whole_minutes
from services.events.domain.wish import CLAIMED_STATES, WishState
from services.events.storage.activities import activity_of
from services.events.storage.attendances import attendance_of
from services.events.storage.facts import of_activity, of_hours, of_wish
from services.events.storage.tables import activities, attendances, attendees, claims, wishes
from services.events.storage.wishes import wish_of, with_claimer

ROWS_PER_CHUNK: Final = 1_000


def checks_of_records() -> list[Check]:
    """List the laws of what this service owns."""
    return [
        check_statements(
            name="published activities equal their facts", key=activities.c.activity_id, read=_read_activities
        ),
        check_statements(
            name="confirmed and revoked hours equal their facts",
            key=attendances.c.attendance_id,
            read=_read_hours,
        ),
        check_statements(name="confirmed wishes equal their facts", key=wishes.c.wish_id, read=_read_wishes),
        Check(name="the log states nothing that is not held", chunk=_check_nothing_lost),
        Check(name="confirmed minutes are the whole minutes of the stay", chunk=_check_minutes),
        Check(name="nobody is at two places at once", chunk=_check_places),
        Check(name="a wish has one live claim from its claim on", chunk=_check_claims),
    ]


async def _read_activities(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
    is_stated = or_(activities.c.state != ActivityState.DRAFT, activities.c.revision > 0)
    statement = select(activities).where(activities.c.activity_id.in_(ids), is_stated)
    found = await connection.execute(statement)
    return {row.activity_id: of_activity(activity_of(row)) for row in found}


async def _read_hours(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
    stated = (AttendanceState.CONFIRMED, AttendanceState.REVOKED)
    is_stated = or_(attendances.c.state.in_(stated), attendances.c.revision > 0)
    statement = (
        select(attendances, activities.c.community_id)
        .join(activities, activities.c.activity_id == attendances.c.activity_id)
        .where(attendances.c.attendance_id.in_(ids), is_stated)
    )
    found = await connection.execute(statement)
    return {row.attendance_id: of_hours(attendance_of(row), community_id=row.community_id) for row in found}


async def _read_wishes(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Statement]:
    is_stated = or_(wishes.c.state == WishState.CONFIRMED, wishes.c.revision > 0)
    found = await connection.execute(with_claimer().where(wishes.c.wish_id.in_(ids), is_stated))
    return {row.wish_id: of_wish(wish_of(row)) for row in found}


async def _check_nothing_lost(connection: AsyncConnection, after: Any) -> Checked:
    """Find facts whose record is gone, or stands at an earlier revision."""
    is_held = or_(
        *(
            exists().where(key == facts.c.record_id, key.table.c.revision >= facts.c.revision)
            for key in (activities.c.activity_id, attendances.c.attendance_id, wishes.c.wish_id)
        )
    )
    first = after or 0
    window = and_(facts.c.position > first, facts.c.position <= first + ROWS_PER_CHUNK)
    statement = select(facts.c.record_id, is_held.label("is_held")).where(window)
    found = (await connection.execute(statement)).all()
    return Checked(
        compared=len(found),
        findings=[f"record {row.record_id} is gone or older" for row in found if not row.is_held],
        next=first + ROWS_PER_CHUNK if found else None,
    )


async def _check_minutes(connection: AsyncConnection, after: Any) -> Checked:
    key = attendances.c.attendance_id
    rows = await _next_rows(connection, key, after)
    wrong = [
        f"attendance {row.attendance_id} has {row.confirmed_minutes}"
        for row in rows
        if row.state == AttendanceState.CONFIRMED
        and row.confirmed_minutes != whole_minutes(start=row.signed_in_at, end=row.signed_out_at)
    ]
    return _checked(rows, key, findings=wrong)


async def _check_places(connection: AsyncConnection, after: Any) -> Checked:
    """Look for stays that overlap; of an open one, only its beginning is known."""
    key = attendees.c.member_id
    rows = await _next_rows(connection, key, after)
    statement = (
        select(attendances)
        .where(
            attendances.c.member_id.in_([row.member_id for row in rows]),
            attendances.c.state != AttendanceState.REVOKED,
        )
        .order_by(attendances.c.signed_in_at)
    )
    stays = defaultdict(list)
    for row in await connection.execute(statement):
        stays[row.member_id].append((row.signed_in_at, row.signed_out_at or row.signed_in_at))
    overlapping = [
        f"stays of member {member_id} overlap"
        for member_id, of_member in stays.items()
        if any(left_at > arrived_at for (_, left_at), (arrived_at, _) in pairwise(sorted(of_member)))
    ]
    return _checked(rows, key, findings=overlapping)


async def _check_claims(connection: AsyncConnection, after: Any) -> Checked:
    key = wishes.c.wish_id
    rows = await _next_rows(connection, key, after)
    statement = select(claims.c.wish_id, claims.c.claimed_at).where(
        claims.c.wish_id.in_([row.wish_id for row in rows]), claims.c.released_at.is_(None)
    )
    live = (await connection.execute(statement)).all()
    counted = Counter((claim.wish_id, claim.claimed_at) for claim in live)
    due = Counter((row.wish_id, row.claimed_at) for row in rows if row.state in CLAIMED_STATES)
    findings = [
        f"wish {wish_id} has {counted[wish_id, at]} live claims of {at:%Y-%m-%dT%H:%M:%S}"
        for wish_id, at in sorted((due - counted) + (counted - due))
    ]
    return _checked(rows, key, findings=findings)


async def _next_rows(connection: AsyncConnection, key: Column[str], after: Any) -> Sequence[Row[Any]]:
    statement = select(key.table).where(key > (after or "")).order_by(key).limit(ROWS_PER_CHUNK)
    return (await connection.execute(statement)).all()


def _checked(rows: Sequence[Row[Any]], key: Column[str], *, findings: Sequence[str]) -> Checked:
    is_full = len(rows) == ROWS_PER_CHUNK
    return Checked(
        compared=len(rows), findings=findings, next=getattr(rows[-1], key.name) if is_full else None
    )
