"""The one way to personal data: nothing else touches their table; facts and logs hold nothing of them.

Values are looked up here and nowhere else, and no other table is joined with them: whoever encrypts them has
this module to change.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Column, ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows, insert_columns
from services.chassis.sql.database import RunAgain
from services.members.domain.personal import PersonalDetails
from services.members.storage.person_tables import personal_values
from services.members.storage.sort_names import sort_name_of

NAME: Final = "name"
SORT_NAME: Final = "sort_name"
PHONE: Final = "phone"
EXTERNAL_ID: Final = "external_id:"
LAST: Final = "\U0010ffff"
"""Follows whatever a name goes on with."""

ExternalId = tuple[str, str]
"""(system, value)."""

_member_id, _field, _value = (personal_values.c[name] for name in ("member_id", "field", "value"))


async def read_details(
    connection: AsyncConnection, member_ids: Collection[str]
) -> dict[str, PersonalDetails]:
    """Read who members are, by member id; those who were erased are left out."""
    if not member_ids:
        return {}
    statement = select(_member_id, _field, _value).where(is_among(_member_id, member_ids))
    held: dict[str, dict[str, str]] = {}
    for member_id, field, value in await connection.execute(statement):
        held.setdefault(member_id, {})[field] = value
    return {member_id: _details(values) for member_id, values in held.items()}


async def read_names(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read names by member id; those who were erased are left out."""
    statement = select(_member_id, _value).where(is_among(_member_id, member_ids), _field == NAME)
    return dict((await connection.execute(statement)).all())


async def write_details(
    connection: AsyncConnection,
    *,
    before: Mapping[str, PersonalDetails],
    after: Mapping[str, PersonalDetails],
) -> None:
    """Store the difference of what was read (or is known to be nothing) and what is to be.

    Args:
        connection: Of a transaction that writes, and has locked or made these members.
        before: By member id; members who are not in `after` stay as they are.
        after: By member id. Their external ids were found free, or given up by another one of `after`.

    Raises:
        RunAgain: Another transaction took an external id meanwhile.
    """
    held = {member_id: _values(before[member_id]) for member_id in after if member_id in before}
    wanted = {member_id: _values(details) for member_id, details in after.items()}
    gone = _rows(held) - _rows(wanted)
    rows = [
        {"member_id": member_id, "field": field, "value": value, "identifies": field.startswith(EXTERNAL_ID)}
        for field, value, member_id in sorted(_rows(wanted) - _rows(held))
    ]
    await delete_rows(connection, personal_values, {(member_id, field) for field, _, member_id in gone})
    if connection.dialect.name == "sqlite":
        # The single writer has just looked, so nothing can stand in the way.
        await insert_columns(connection, personal_values, rows)
        return
    kept = await insert_columns(
        connection, personal_values, rows, conflict="ignore", returning=personal_values.c.field
    )
    if len(kept) < len(rows):
        raise RunAgain


async def delete_details(connection: AsyncConnection, member_ids: Collection[str]) -> None:
    """Forget who members were."""
    await connection.execute(personal_values.delete().where(is_among(_member_id, member_ids)))


async def find_by_external_ids(
    connection: AsyncConnection, external_ids: Collection[ExternalId]
) -> dict[ExternalId, str]:
    """Find whose external ids these are: member ids; those that nobody has are left out."""
    wanted = {(EXTERNAL_ID + system, value): (system, value) for system, value in external_ids}
    if not wanted:
        return {}
    statement = select(_field, _value, _member_id).where(
        is_among(_field, {field for field, _ in wanted}),
        is_among(_value, {value for _, value in wanted}),
    )
    rows = await connection.execute(statement)
    return {wanted[field, value]: member_id for field, value, member_id in rows if (field, value) in wanted}


async def find_by_phones(connection: AsyncConnection, phones: Collection[str]) -> dict[str, list[str]]:
    """Find who has these phones (E.164): member ids in their order, by phone."""
    if not phones:
        return {}
    statement = select(_value, _member_id).where(_field == PHONE, is_among(_value, phones))
    found: dict[str, list[str]] = {}
    for phone, member_id in await connection.execute(statement.order_by(_member_id)):
        found.setdefault(phone, []).append(member_id)
    return found


def with_external_id(system: str, value: str) -> Select[tuple[str]]:
    """Select the member who has an external id."""
    return select(_member_id).where(_field == EXTERNAL_ID + system, _value == value)


def with_phone(phone: str) -> Select[tuple[str]]:
    """Select the members who have a phone (E.164)."""
    return select(_member_id).where(_field == PHONE, _value == phone)


def with_name_prefix(prefix: str) -> Select[tuple[str]]:
    """Select the members whose name, or its pinyin with or without spaces, begins like this."""
    spelt = "".join(prefix.casefold().replace("ü", "v").split())
    # The first letter lies in the index; the spaces between syllables may be anywhere after it.
    is_spelt = (
        (_field == SORT_NAME)
        & _begins(spelt[:1])
        & (func.substr(func.replace(_value, " ", ""), 1, len(spelt)) == spelt)
    )
    return select(_member_id).where(or_((_field == NAME) & _begins(prefix), is_spelt))


def has_details(member_id: Column[str]) -> ColumnElement[bool]:
    """Say in SQL whether anything personal is kept about a member."""
    return exists().where(_member_id == member_id)


def is_named(member_id: Column[str]) -> ColumnElement[bool]:
    """Say in SQL whether a member has a name, and its place in the order of names."""
    named, ordered = (personal_values.alias() for _ in range(2))
    return and_(
        exists().where(named.c.member_id == member_id, named.c.field == NAME),
        exists().where(ordered.c.member_id == member_id, ordered.c.field == SORT_NAME),
    )


async def list_by_name(
    connection: AsyncConnection, page: Page, *, among: Select[tuple[str]]
) -> list[tuple[str, str]]:
    """Read the (sort name, member id) of members in this order; one more than the page holds."""
    statement = select(_value, _member_id).where(_field == SORT_NAME, _member_id.in_(among))
    if page.after is not None:
        last_value, last_id = page.after
        statement = statement.where((_value > last_value) | ((_value == last_value) & (_member_id > last_id)))
    rows = await connection.execute(statement.order_by(_value, _member_id).limit(page.size + 1))
    return [(value, member_id) for value, member_id in rows]


def _begins(prefix: str) -> ColumnElement[bool]:
    return _value.between(prefix, prefix + LAST)


def _rows(values: Mapping[str, Mapping[str, str]]) -> set[tuple[str, str, str]]:
    """Give (field, value, member id): the order in which all writers insert."""
    return {(field, value, member_id) for member_id, held in values.items() for field, value in held.items()}


def _values(details: PersonalDetails) -> dict[str, str]:
    values = {
        NAME: details.name,
        SORT_NAME: details.sort_name or sort_name_of(details.name),
        PHONE: details.phone,
        **{EXTERNAL_ID + system: value for system, value in details.external_ids.items()},
    }
    return {field: value for field, value in values.items() if value}


def _details(values: Mapping[str, str]) -> PersonalDetails:
    return PersonalDetails(
        name=values.get(NAME, ""),
        sort_name=values.get(SORT_NAME, ""),
        phone=values.get(PHONE, ""),
        external_ids={
            field.removeprefix(EXTERNAL_ID): value
            for field, value in sorted(values.items())
            if field.startswith(EXTERNAL_ID)
        },
    )
