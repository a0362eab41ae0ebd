"""Gives names the text by which they are ordered, where a migration brought the names alone."""

from typing import Final

import sqlalchemy as sa

from services.members.storage.sort_names import sort_name_of

NAMES_AT_ONCE: Final = 5_000

_WITHOUT: Final = sa.text(
    "SELECT member_id, value FROM personal_values AS named WHERE field = 'name' AND member_id > :after"
    " AND NOT EXISTS (SELECT 1 FROM personal_values AS sorted"
    " WHERE sorted.member_id = named.member_id AND sorted.field = 'sort_name')"
    " ORDER BY member_id LIMIT :names_max"
)
_INSERT: Final = sa.text(
    "INSERT INTO personal_values (member_id, field, value, identifies)"
    " VALUES (:member_id, 'sort_name', :sort_name, false)"
)


def write_sort_names(connection: sa.Connection) -> None:
    """Write the sort names that are missing, a bounded number of names at a time."""
    after = ""
    while rows := connection.execute(_WITHOUT, {"after": after, "names_max": NAMES_AT_ONCE}).all():
        connection.execute(
            _INSERT, [{"member_id": row.member_id, "sort_name": sort_name_of(row.value)} for row in rows]
        )
        after = rows[-1].member_id
