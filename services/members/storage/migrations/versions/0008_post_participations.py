"""The participations that the code before derived meanwhile, without kinds and minutes."""

from alembic import op

from services.members.storage.migrations.participations import derive_participations_anew

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    derive_participations_anew(op.get_bind())
