"""Puts the service together; the only module that knows every room."""

from pathlib import Path
from typing import Final

from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.sql.migrations import Stream
from services.events.api.activities import activity_service
from services.events.api.wishes import wish_service
from services.events.consumers.register import CONSUMER
from services.events.storage.checks import checks_of_records

DECLARATION: Final = Declaration(
    name=CONSUMER.name,
    follows=CONSUMER.logs,
    followers=("members", "points"),
    migrations=Stream(name=CONSUMER.name, folder=Path(__file__).resolve().parent / "storage" / "migrations"),
)


def bootstrap(frame: Frame) -> Rooms:
    """Furnish the rooms of this service in one process."""
    return Rooms(
        registrations=[activity_service(frame), wish_service(frame)],
        consumer=CONSUMER,
        checks=checks_of_records(),
    )
