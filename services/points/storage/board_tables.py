"""The tables of boards and reward runs, on the metadata of the service."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from services.chassis.sql.types import Code, Id, UtcDateTime
from services.points.storage.tables import CALLER, WORD, metadata

boards = Table(
    "boards",
    metadata,
    Column("board_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("scope", WORD, nullable=False),
    Column("period_kind", WORD, nullable=False),
    Column("tie_keys", String(100), nullable=False),
    Column("created_by", CALLER, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    comment="Definitions of leaderboards; tie keys in their order, separated by commas.",
)

standings = Table(
    "standings",
    metadata,
    Column("board_id", Id, primary_key=True),
    Column("scope_id", Id, primary_key=True),
    Column("period_id", WORD, primary_key=True),
    Column("member_id", Code, primary_key=True),
    Column("score_milli", BigInteger, nullable=False),
    Column("wishes_fulfilled", BigInteger, nullable=False),
    Column("counted_minutes", BigInteger, nullable=False),
    Column("reached_at", UtcDateTime, nullable=False),
    Column("merit_1", BigInteger, nullable=False),
    Column("merit_2", BigInteger, nullable=False),
    Column("merit_3", BigInteger, nullable=False),
    Column("merit_4", BigInteger, nullable=False),
    CheckConstraint("score_milli > 0", name="standings_score_positive"),
    Index(
        "standings_order",
        "board_id",
        "scope_id",
        "period_id",
        "merit_1",
        "merit_2",
        "merit_3",
        "merit_4",
        "member_id",
    ),
    Index("standings_member", "member_id"),
    comment="Who stands where, derived from grants; merits are what the order compares, less is better.",
)

reward_runs = Table(
    "reward_runs",
    metadata,
    Column("run_id", Id, primary_key=True),
    Column("board_id", Id, ForeignKey("boards.board_id"), nullable=False),
    Column("scope_id", Id, nullable=False),
    Column("period_id", WORD, nullable=False),
    Column("bands", Text, nullable=False),
    Column("budget_fen", BigInteger, nullable=False),
    Column("positions", Text, nullable=False),
    Column("rule_set_ids", Text, nullable=False),
    Column("tie_keys", String(100), nullable=False),
    Column("parked_subjects", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", WORD, nullable=False),
    Column("planned_by", CALLER, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("approved_by", CALLER, nullable=False),
    Column("approved_at", UtcDateTime),
    Column("executed_at", UtcDateTime),
    comment="Reward runs with the inputs of their plan, frozen; the digest is over inputs and lines.",
)

reward_lines = Table(
    "reward_lines",
    metadata,
    Column("run_id", Id, ForeignKey("reward_runs.run_id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("member_id", Id, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("score_milli", BigInteger, nullable=False),
    Column("wishes_fulfilled", BigInteger, nullable=False),
    Column("counted_minutes", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", WORD, nullable=False),
    Column("reward_id", Id, unique=True),
    Column("issued_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("amount_fen > 0", name="reward_lines_amount_positive"),
    CheckConstraint("(state = 'planned') = (reward_id IS NULL)", name="reward_lines_issued_has_id"),
    Index("reward_lines_member", "run_id", "member_id", unique=True),
    comment="The frozen plan of a run and what was issued, by line; revision counts facts.",
)
