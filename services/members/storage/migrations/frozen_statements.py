"""The database itself refuses to change what a statement says once it was sent, or to delete it."""

from typing import Final

from alembic import op

SAID: Final = (
    "period_id",
    "member_id",
    "version",
    "supersedes_id",
    "community_id",
    "work_unit_id",
    "service_minutes",
    "activities",
    "wishes",
    "merit_milli",
    "positions",
    "comment",
    "generated_at",
    "sent_at",
    "due_at",
)
"""What the community says; the work unit adds its answer afterwards."""
REFUSAL: Final = "a statement that was sent never changes"


def freeze_what_was_sent() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        differs = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in SAID)
        for change, is_refused in (("UPDATE", f" AND ({differs})"), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER feedback_statements_refuse_{change.lower()} "
                f"BEFORE {change} ON feedback_statements "
                f"WHEN OLD.sent_at IS NOT NULL{is_refused} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    differs = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in SAID)
    op.execute(
        "CREATE FUNCTION refuse_change_of_sent_statements() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for change, is_refused in (("UPDATE", f" AND ({differs})"), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER feedback_statements_refuse_{change.lower()} "
            f"BEFORE {change} ON feedback_statements "
            f"FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL{is_refused}) "
            "EXECUTE FUNCTION refuse_change_of_sent_statements()"
        )
