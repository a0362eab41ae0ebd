"""Which community a member belonged to on the day of a fact."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentSpan:
    """One enrolment (报到) of a member: in force in [enrolled_at, ended_at)."""

    community_id: str
    enrolled_at: datetime
    ended_at: datetime | None = None
    """None while active."""


@dataclass(frozen=True, slots=True)
class Affiliation:
    """The enrolments of one member; made by `Affiliation.of`."""

    _spans: tuple[EnrolmentSpan, ...]
    _starts: tuple[datetime, ...]

    @classmethod
    def of(cls, spans: Iterable[EnrolmentSpan]) -> "Affiliation":
        """Lay a member's enrolments out in time, whatever order they come in."""
        ordered = sorted(spans, key=lambda span: (span.enrolled_at, span.community_id))
        return cls(tuple(ordered), tuple(span.enrolled_at for span in ordered))

    def community_at(self, moment: datetime) -> str:
        """Name the community of a moment; empty if the member was not enrolled.

        Two enrolments overlap only while the fact that ends the older one is on its way: the newer one holds.
        """
        for span in reversed(self._spans[: bisect_right(self._starts, moment)]):
            if span.ended_at is None or moment < span.ended_at:
                return span.community_id
        return ""
