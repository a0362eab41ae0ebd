"""Feedback statements (双向反馈): what a community tells a work unit about a member, and the answer.

    COMPUTING ─▶ DRAFT ─send─▶ SENT ─acknowledge─▶ ACKNOWLEDGED ─reply─▶ REPLIED
                  │ comment     └────────────── reply ──────────────────▶ ┘
                  ▼
                 DRAFT

What was sent never changes. A correction is a new version, which begins as COMPUTING; the first begins as a
DRAFT. Only the newest version can be changed, sent, acknowledged and replied to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from services.members.domain.days import day_of, last_moment_of
from services.members.domain.statement_faults import (
    StatementAcknowledged,
    StatementFrozen,
    StatementNotReady,
    StatementNotSent,
    StatementReplied,
    StatementSuperseded,
)

Positions = Mapping[str, int]
"""From log to position."""


class StatementState(StrEnum):
    COMPUTING = "COMPUTING"
    DRAFT = "DRAFT"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REPLIED = "REPLIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a member did and earned in a period, and which facts that reflects."""

    service_minutes: int = 0
    activities: int = 0
    wishes: int = 0
    service_positions: Positions = field(default_factory=lambda: MappingProxyType({}))
    merit_milli: int = 0
    points_positions: Positions = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackStatement:
    """One version of what is stated about a member and a period."""

    id: str
    period_id: str
    member_id: str
    version: int = 1
    supersedes_id: str | None = None
    superseded_by_id: str | None = None
    community_id: str
    """The community that states."""
    work_unit_id: str
    """The work unit that is told."""
    state: StatementState = StatementState.DRAFT
    figures: Figures
    comment: str = ""
    generated_at: datetime
    """When the figures were computed."""
    sent_at: datetime | None = None
    due_at: datetime | None = None
    """The last moment to acknowledge it in time."""
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    replied_at: datetime | None = None
    replied_by: str | None = None
    reply: str = ""
    revision: int = 1

    def overdue_days(self, *, as_of: datetime, zone: ZoneInfo) -> int:
        """Count the days since the last one on which to acknowledge it in time; 0 if it is not overdue."""
        if self.due_at is None or (self.acknowledged_at and self.acknowledged_at <= as_of):
            return 0
        return max(0, (day_of(as_of, zone=zone) - day_of(self.due_at, zone=zone)).days)

    def superseded_by(self, newer: "FeedbackStatement", /) -> "FeedbackStatement":
        return replace(self, superseded_by_id=newer.id)


def due_after(sent_at: datetime, /, *, days: int, zone: ZoneInfo) -> datetime:
    """Say until when a statement is to be acknowledged: to the end of so many days after that of sending."""
    return last_moment_of(day_of(sent_at, zone=zone) + timedelta(days=days), zone=zone)


def comment_on(statement: FeedbackStatement, /, *, comment: str) -> FeedbackStatement:
    """Let a draft have this comment.

    Raises:
        StatementSuperseded, StatementNotReady, StatementFrozen: It is no draft that counts.
    """
    _must_be_draft(statement)
    return _changed(statement, comment=comment)


def send(statement: FeedbackStatement, /, *, at: datetime, due_at: datetime) -> FeedbackStatement:
    """Send a draft: it never changes from here on.

    Raises:
        StatementSuperseded, StatementNotReady, StatementFrozen: It is no draft that counts.
    """
    _must_be_draft(statement)
    return _changed(statement, state=StatementState.SENT, sent_at=at, due_at=due_at)


def acknowledge(statement: FeedbackStatement, /, *, at: datetime, by: str) -> FeedbackStatement:
    """Take note of a statement.

    Raises:
        StatementSuperseded: There is a newer version.
        StatementNotSent: It is a draft.
        StatementAcknowledged: Somebody took note before.
    """
    _must_be_sent(statement)
    if statement.acknowledged_at is not None:
        raise StatementAcknowledged(
            statement_id=statement.id, acknowledged_at=statement.acknowledged_at.isoformat()
        )
    return _changed(statement, state=StatementState.ACKNOWLEDGED, acknowledged_at=at, acknowledged_by=by)


def reply_to(statement: FeedbackStatement, /, *, reply: str, at: datetime, by: str) -> FeedbackStatement:
    """Answer a statement, once; who answers has taken note.

    Raises:
        StatementSuperseded: There is a newer version.
        StatementNotSent: It is a draft.
        StatementReplied: Somebody answered before.
    """
    _must_be_sent(statement)
    if statement.replied_at is not None:
        raise StatementReplied(statement_id=statement.id, replied_at=statement.replied_at.isoformat())
    return _changed(
        statement,
        state=StatementState.REPLIED,
        acknowledged_at=statement.acknowledged_at or at,
        acknowledged_by=statement.acknowledged_by or by,
        replied_at=at,
        replied_by=by,
        reply=reply,
    )


def correct(
    statement: FeedbackStatement, /, *, new_id: str, comment: str | None, at: datetime
) -> FeedbackStatement:
    """Begin the next version, with figures that are still to be computed.

    Args:
        statement: The newest version; it stays as it is.
        new_id: Of the new version.
        comment: None: the one of the version that is corrected.
        at: Now.

    Raises:
        StatementSuperseded: There is a newer version.
        StatementNotReady: It is itself a correction that is not computed yet.
    """
    _must_be_newest(statement)
    _must_be_computed(statement)
    return FeedbackStatement(
        id=new_id,
        period_id=statement.period_id,
        member_id=statement.member_id,
        version=statement.version + 1,
        supersedes_id=statement.id,
        community_id=statement.community_id,
        work_unit_id=statement.work_unit_id,
        state=StatementState.COMPUTING,
        figures=Figures(),
        comment=statement.comment if comment is None else comment,
        generated_at=at,
    )


def computed(
    statement: FeedbackStatement, /, *, community_id: str, work_unit_id: str, figures: Figures, at: datetime
) -> FeedbackStatement:
    """Let a correction that was begun become a draft."""
    return _changed(
        statement,
        state=StatementState.DRAFT,
        community_id=community_id,
        work_unit_id=work_unit_id,
        figures=figures,
        generated_at=at,
    )


def _must_be_draft(statement: FeedbackStatement) -> None:
    if statement.sent_at is not None:
        raise StatementFrozen(statement_id=statement.id, sent_at=statement.sent_at.isoformat())
    _must_be_newest(statement)
    _must_be_computed(statement)


def _must_be_sent(statement: FeedbackStatement) -> None:
    _must_be_newest(statement)
    if statement.sent_at is None:
        raise StatementNotSent(statement_id=statement.id)


def _must_be_computed(statement: FeedbackStatement) -> None:
    if statement.state is StatementState.COMPUTING:
        raise StatementNotReady(statement_id=statement.id)


def _must_be_newest(statement: FeedbackStatement) -> None:
    if statement.superseded_by_id is not None:
        raise StatementSuperseded(statement_id=statement.id, newer_id=statement.superseded_by_id)


def _changed(statement: FeedbackStatement, **values: object) -> FeedbackStatement:
    return replace(statement, **values, revision=statement.revision + 1)  # type: ignore[arg-type] # as named
