"""Reads and writes whatever belongs to a member and can come to belong to another, whatever its table."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import update_columns
from services.members.domain.merge import Belonging, BelongingKind, RecordKey
from services.members.storage.organisation_tables import roles, team_memberships
from services.members.storage.person_tables import consents
from services.members.storage.tables import enrolments, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The table of one kind of belongings."""

    key: Column[str]
    place: tuple[Column[str], ...]
    starts_at: Column[Any]
    ends_at: Column[Any]
    withdrawn: Column[bool] | None
    """None: what falls away is ended instead."""

    @property
    def columns(self) -> Any:
        return self.key.table.c

    @property
    def holds(self) -> ColumnElement[bool]:
        return true() if self.withdrawn is None else ~self.withdrawn

    @property
    def is_current(self) -> ColumnElement[bool]:
        """Not one that fell away."""
        return self.ends_at.is_(None) if self.withdrawn is None else ~self.withdrawn


SHELVES: Final = {
    BelongingKind.ENROLMENT: Shelf(
        key=enrolments.c.enrolment_id,
        place=(),
        starts_at=enrolments.c.enrolled_at,
        ends_at=enrolments.c.ended_at,
        withdrawn=enrolments.c.withdrawn,
    ),
    BelongingKind.TEAM_MEMBERSHIP: Shelf(
        key=team_memberships.c.membership_id,
        place=(team_memberships.c.team_id,),
        starts_at=team_memberships.c.joined_at,
        ends_at=team_memberships.c.left_at,
        withdrawn=team_memberships.c.withdrawn,
    ),
    BelongingKind.ROLE: Shelf(
        key=roles.c.role_id,
        place=(roles.c.kind, roles.c.scope_kind, roles.c.scope_id),
        starts_at=roles.c.valid_from,
        ends_at=roles.c.valid_until,
        withdrawn=roles.c.withdrawn,
    ),
    BelongingKind.CONSENT: Shelf(
        key=consents.c.consent_id,
        place=(consents.c.purpose,),
        starts_at=consents.c.given_at,
        ends_at=consents.c.revoked_at,
        withdrawn=None,
    ),
}


async def read_belongings(connection: AsyncConnection, member_ids: Collection[str]) -> list[Belonging]:
    """Read all that belongs to members, of the past too, but for what was withdrawn."""
    found: list[Belonging] = []
    for kind, shelf in SHELVES.items():
        statement = _read(shelf).where(is_among(shelf.columns.member_id, member_ids), shelf.holds)
        found += [_belonging(kind, shelf, row) for row in await connection.execute(statement)]
    return found


async def read_belongings_by_key(
    connection: AsyncConnection, keys: Iterable[RecordKey]
) -> dict[RecordKey, Belonging]:
    """Read belongings, those that were withdrawn included."""
    wanted: dict[BelongingKind, list[str]] = {}
    for key in keys:
        wanted.setdefault(key.kind, []).append(key.record_id)
    found: dict[RecordKey, Belonging] = {}
    for kind, shelf in SHELVES.items():
        if kind in wanted:
            statement = _read(shelf).where(is_among(shelf.key, wanted[kind]))
            for row in await connection.execute(statement):
                belonging = _belonging(kind, shelf, row)
                found[belonging.key] = belonging
    return found


async def store_belongings(connection: AsyncConnection, changed: Iterable[Belonging]) -> None:
    """Store whose they are now, and whether they fell away."""
    for kind, of_kind in groupby(sorted(changed, key=attrgetter("key")), key=lambda each: each.key.kind):
        shelf = SHELVES[kind]
        await update_columns(connection, shelf.key, [_row(shelf, each) for each in of_kind])


async def read_misplaced(connection: AsyncConnection, *, records_max: int) -> list[str]:
    """Read what belongs to a member that was merged, though it should be the survivor's."""
    misplaced: list[str] = []
    for shelf in SHELVES.values():
        owner = members.c.member_id == shelf.columns.member_id
        statement = (
            select(shelf.key)
            .join(members, owner)
            .where(members.c.merged_into.is_not(None), shelf.is_current)
            .limit(records_max)
        )
        misplaced += (await connection.execute(statement)).scalars()
    return misplaced


def _read(shelf: Shelf) -> Select[Any]:
    return select(shelf.key.table)


def _belonging(kind: BelongingKind, shelf: Shelf, row: Any) -> Belonging:
    return Belonging(
        key=RecordKey(kind, getattr(row, shelf.key.name)),
        member_id=row.member_id,
        place=tuple(getattr(row, column.name) for column in shelf.place),
        starts_at=getattr(row, shelf.starts_at.name),
        ends_at=getattr(row, shelf.ends_at.name),
        withdrawn=shelf.withdrawn is not None and row.withdrawn,
        revision=row.revision,
    )


def _row(shelf: Shelf, belonging: Belonging) -> dict[str, Any]:
    row: dict[str, Any] = {
        shelf.key.name: belonging.key.record_id,
        "member_id": belonging.member_id,
        shelf.ends_at.name: belonging.ends_at,
        "revision": belonging.revision,
    }
    return row if shelf.withdrawn is None else {**row, shelf.withdrawn.name: belonging.withdrawn}
