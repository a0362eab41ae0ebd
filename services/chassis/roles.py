"""What runs beside a service's server: in the same process, or in processes of their own."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    RECEIVE = "receive"
    """Pulls the logs that the service follows and keeps their facts."""
    APPLY = "apply"
    """Computes the subjects that received facts made dirty."""
    JOBS = "jobs"
    """Brings long work on."""


EVERY_ROLE: Final = frozenset(Role)


def listener(service: str, role: Role) -> str:
    """Name those who have a role for a service, at the doorbell: one of them hears each ring."""
    return f"{service}.{role}"
