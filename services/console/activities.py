"""Activities and attendances of a year as plain values: codes and moments, no ids."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    code: str
    title: str
    community: str
    """Where it is: the name of the community among the ids of the desk."""
    published_at: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One attendance: a stay of a member at an activity, both as they are named among the ids of the desk."""

    code: str
    activity: str
    member: str
    signed_in_at: datetime
    signed_out_at: datetime
