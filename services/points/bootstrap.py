"""Puts the service together: the only module that knows every room."""

from pathlib import Path
from typing import Final

from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.sql.migrations import Stream
from services.points.api.leaderboard import leaderboard_service
from services.points.api.ledger import ledger_service
from services.points.api.reward import reward_service
from services.points.api.rules import rule_service
from services.points.consumers.checks import ledger_checks
from services.points.consumers.points import FOLLOWS, NAME, points_consumer
from services.points.jobs.check_runs import runs_check
from services.points.jobs.check_standings import standings_checks
from services.points.jobs.execute_reward_run import execute_reward_run
from services.points.usecases.execute_run import JOB

DECLARATION: Final = Declaration(
    name=NAME,
    follows=FOLLOWS,
    followers=(),
    migrations=Stream(name=NAME, folder=Path(__file__).resolve().parent / "storage" / "migrations"),
)


def bootstrap(frame: Frame) -> Rooms:
    """Furnish a frame of this service."""
    return Rooms(
        registrations=[
            rule_service(frame),
            ledger_service(frame),
            leaderboard_service(frame),
            reward_service(frame),
        ],
        consumer=points_consumer(zone=frame.zone),
        checks=[*ledger_checks(), *standings_checks(zone=frame.zone), runs_check()],
        steps={JOB: execute_reward_run},
    )
