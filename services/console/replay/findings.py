"""What the servers answered, and what it adds up to."""

from dataclasses import dataclass

from services.console.replay.weeks import Attended, Week, by_week


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What `points` has of a volunteer."""

    volunteer: str
    minutes: int
    balance_milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Read back from the three services, by codes."""

    volunteers: int
    shifts: int
    """Published ones."""
    attended: tuple[Attended, ...]
    """Confirmed ones."""
    counted: tuple[Counted, ...]
    """Of every volunteer, best first; equals in the order of their codes."""
    board_minutes: dict[str, tuple[int, ...]]
    """From each calendar year to the minutes of the first places of its board, best first."""

    @property
    def minutes(self) -> int:
        """Of all attendances: the confirmed minutes."""
        return sum(one.minutes for one in self.attended)

    @property
    def weeks(self) -> list[Week]:
        return by_week(self.attended)

    @property
    def shifts_attended(self) -> int:
        return len({one.shift_id for one in self.attended})
