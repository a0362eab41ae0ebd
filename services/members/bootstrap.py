"""Puts the service together: the only module that knows every room."""

from pathlib import Path
from typing import Final

from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.sql.migrations import Stream
from services.members.api.affiliations import affiliation_service
from services.members.api.enrolments import enrolment_service
from services.members.api.feedback import feedback_service
from services.members.api.grid import grid_service
from services.members.api.members import member_service
from services.members.api.merges import merge_service
from services.members.api.organisation import organisation_service
from services.members.api.pairings import pairing_service
from services.members.api.policies import policy_service
from services.members.api.roles import role_service
from services.members.api.teams import team_service
from services.members.api.vocabulary import vocabulary_service
from services.members.consumers.checks import checks_of_participations
from services.members.consumers.participation import CONSUMER
from services.members.jobs.compute_statement import compute_statement
from services.members.jobs.figures import POINTS
from services.members.jobs.generate_statements import generate_statements
from services.members.storage.check_merges import checks_of_merges
from services.members.storage.checks import checks_of_register
from services.members.storage.enrolment_checks import checks_of_renewals
from services.members.storage.facts import LOG
from services.members.storage.grid_checks import checks_of_grid
from services.members.storage.role_checks import checks_of_roles
from services.members.storage.statement_checks import checks_of_statements
from services.members.storage.unit_checks import checks_of_units
from services.members.usecases.correct_statements import JOB as COMPUTE
from services.members.usecases.generate_statements import JOB as GENERATE

DECLARATION: Final = Declaration(
    name=LOG,
    follows=CONSUMER.logs,
    followers=("events", "points"),
    asks=(POINTS,),
    migrations=Stream(name=LOG, folder=Path(__file__).resolve().parent / "storage" / "migrations"),
)


def bootstrap(frame: Frame) -> Rooms:
    """Furnish a frame of this service."""
    return Rooms(
        registrations=[
            grid_service(frame),
            organisation_service(frame),
            member_service(frame),
            vocabulary_service(frame),
            affiliation_service(frame),
            enrolment_service(frame),
            pairing_service(frame),
            merge_service(frame),
            policy_service(frame),
            team_service(frame),
            role_service(frame),
            feedback_service(frame),
        ],
        consumer=CONSUMER,
        checks=[
            *checks_of_register(),
            *checks_of_units(),
            *checks_of_roles(),
            *checks_of_participations(),
            *checks_of_grid(zone=frame.zone),
            *checks_of_merges(),
            *checks_of_renewals(zone=frame.zone),
            *checks_of_statements(),
        ],
        steps={GENERATE: generate_statements(frame), COMPUTE: compute_statement(frame)},
    )
