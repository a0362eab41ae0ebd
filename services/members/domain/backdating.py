"""Changes of the recorded past: they need a reason."""

from datetime import datetime, tzinfo

from services.members.domain.faults import ReasonRequired


def refuse_unexplained(at: datetime, /, *, reason: str, now: datetime, zone: tzinfo) -> None:
    """Let a change pass that is of today, or says why it is not.

    Args:
        at: When the change happened, as stated.
        reason: Why; empty if nothing was said.
        now: The database's clock.
        zone: Of the district, whose calendar says when today began.

    Raises:
        ReasonRequired: It is dated before today, and nobody says why.
    """
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if at < today and not reason:
        raise ReasonRequired(field="reason", today=today.isoformat())
