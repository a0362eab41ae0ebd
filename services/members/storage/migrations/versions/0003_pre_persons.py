"""Personal data in one table of values, and what members can, want and allow."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key
from services.members.storage.migrations.sort_names import write_sort_names

revision = "0003"
down_revision = "0002"

SERVICE_TYPES = {
    "epidemic-control": ("疫情防控", "Epidemic control"),
    "environment": ("环境整治", "Cleaning up the environment"),
    "changing-customs": ("移风易俗", "Changing customs"),
    "rural-revitalisation": ("乡村振兴", "Rural revitalisation"),
}
"""The four categories of the district's report."""

SKILLS = {
    "first-aid": ("急救", "First aid"),
    "medical-care": ("医疗护理", "Medical care"),
    "elder-care": ("养老照护", "Care of the elderly"),
    "counselling": ("心理疏导", "Counselling"),
    "mediation": ("矛盾调解", "Mediation"),
    "legal-advice": ("法律咨询", "Legal advice"),
    "tutoring": ("课业辅导", "Tutoring"),
    "computers": ("电脑与手机", "Computers and phones"),
    "repairs": ("水电维修", "Plumbing and electrics"),
    "haircutting": ("理发", "Haircutting"),
    "cooking": ("烹饪", "Cooking"),
    "driving": ("驾驶", "Driving"),
    "arts": ("文艺表演", "Performing arts"),
    "photography": ("摄影摄像", "Photography"),
    "sign-language": ("手语", "Sign language"),
}


def upgrade() -> None:
    terms = op.create_table(
        "vocabulary_terms",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("name_zh", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "code"),
        comment="Skills and service types; an administrator adds to them.",
    )
    op.bulk_insert(
        terms,
        [
            {"kind": kind, "code": code, "name_zh": name_zh, "name_en": name_en}
            for kind, named in (("SERVICE_TYPE", SERVICE_TYPES), ("SKILL", SKILLS))
            for code, (name_zh, name_en) in named.items()
        ],
    )
    op.create_table(
        "availabilities",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts_minute", sa.SmallInteger(), nullable=False),
        sa.Column("ends_minute", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "starts_minute >= 0 AND ends_minute > starts_minute AND ends_minute <= 1440",
            name="availabilities_minutes",
        ),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name="availabilities_weekday"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "weekday", "starts_minute"),
        comment="When a member can usually come; 1 is Monday.",
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", text_key(64), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("revoked_at >= given_at", name="consents_end"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_index("consents_of_member", "consents", ["member_id"], unique=False)
    op.create_index(
        "consents_one_in_force",
        "consents",
        ["member_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
        sqlite_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "member_merges",
        sa.Column("merge_id", text_key(64), nullable=False),
        sa.Column("survivor_id", text_key(64), nullable=False),
        sa.Column("duplicate_id", text_key(64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("merged_by", sa.String(length=80), nullable=False),
        sa.Column("merged_at", UtcDateTime(), nullable=False),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["duplicate_id"],
            ["members.member_id"],
        ),
        sa.ForeignKeyConstraint(
            ["survivor_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("merge_id"),
        comment="Two members that turned out to be one.",
    )
    op.create_index(
        "member_merges_one_in_force",
        "member_merges",
        ["duplicate_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        sqlite_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("member_merges_survivor", "member_merges", ["survivor_id"], unique=False)
    op.create_index("member_merges_duplicate", "member_merges", ["duplicate_id"], unique=False)
    op.create_table(
        "member_terms",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", "code"),
        comment="What a member can (skills) and offers to do (service types).",
    )
    op.create_index("member_terms_found", "member_terms", ["kind", "code"], unique=False)
    op.create_table(
        "personal_values",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("field", text_key(48), nullable=False),
        sa.Column("value", text_key(200), nullable=False),
        sa.Column("identifies", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "field"),
        comment="Personal data, read and written by storage/personal_details.py alone.",
    )
    op.create_index("personal_values_found", "personal_values", ["field", "value"], unique=False)
    op.create_index(
        "personal_values_identify",
        "personal_values",
        ["field", "value"],
        unique=True,
        postgresql_where=sa.text("identifies"),
        sqlite_where=sa.text("identifies"),
    )
    op.create_table(
        "merged_records",
        sa.Column("merge_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record_id", text_key(100), nullable=False),
        sa.Column("home_id", text_key(64), nullable=False),
        sa.Column("became", sa.String(length=32), nullable=False),
        sa.Column("given_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["home_id"],
            ["members.member_id"],
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"],
            ["member_merges.merge_id"],
        ),
        sa.PrimaryKeyConstraint("merge_id", "kind", "record_id"),
        comment="What a merge did to a record of one of the two: MOVED to the survivor, or WITHDRAWN. "
        "Home is whose it would be if nobody had been merged.",
    )
    op.create_index("merged_records_home", "merged_records", ["home_id"], unique=False)
    op.create_index("merged_records_of", "merged_records", ["kind", "record_id"], unique=False)
    # The names that the code before wrote until now; a later migration brings those that it writes meanwhile.
    op.execute(
        sa.text(
            "INSERT INTO personal_values (member_id, field, value, identifies)"
            " SELECT member_id, 'name', name, false FROM personal_details"
        )
    )
    write_sort_names(op.get_bind())
