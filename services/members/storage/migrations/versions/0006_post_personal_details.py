"""The names that the code before wrote meanwhile, and the end of the table that it wrote them to."""

import sqlalchemy as sa
from alembic import op

from services.members.storage.migrations.sort_names import write_sort_names

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(
        sa.text(
            "INSERT INTO personal_values (member_id, field, value, identifies)"
            " SELECT member_id, 'name', name, false FROM personal_details"
            " WHERE member_id NOT IN (SELECT member_id FROM personal_values WHERE field = 'name')"
        )
    )
    write_sort_names(op.get_bind())
    op.drop_table("personal_details")
