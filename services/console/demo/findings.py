"""What the server answered, by codes and names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How much the services hold, read back from them."""

    streets: int
    communities: int
    areas: int
    building_groups: int
    work_units: int
    members: int
    activities: int
    attendances: int
    """Confirmed ones."""
    confirmed_minutes: int
    wishes_fulfilled: int
    """Confirmed ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    enrolled: int
    participating: int
    basis_points: int
    """Hundredths of a per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A place on a board."""

    place: int
    code: str
    name: str
    points_milli: int
    counted_minutes: int
    wishes_fulfilled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    code: str
    """Of the district or the community that it covers."""
    name: str
    standings: int
    """How many stand on it in all."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why one entry has its amount."""

    member_code: str
    member_name: str
    balance_milli: int
    entries: int
    activity_code: str
    """Empty for a wish."""
    community_code: str
    confirmed_minutes: int
    counted_minutes: int
    wanted_milli: int
    granted_milli: int
    limit: str
    """Empty if none cut it."""
    rule: str
    rule_set: str
    rule_set_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """One line of the receipt."""

    place: int
    code: str
    name: str
    points_milli: int
    amount_fen: int
    issued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    planned_by: str
    approved_by: str
    rewards: tuple[Reward, ...]
    issued_fen: int
    digest_matches: bool
    """What was issued is what was approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    counted: Counted
    participation: Participation
    top: Board
    community: Board
    explained: Explained
    receipt: Receipt
