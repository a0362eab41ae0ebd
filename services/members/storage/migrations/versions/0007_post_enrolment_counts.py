"""The enrolments that the code before began and ended meanwhile, without counting them."""

from alembic import op

from services.members.storage.migrations.enrolment_counts import count_enrolments

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    count_enrolments(op.get_bind())
