"""What belongs to members, by its kind, as its facts state it."""

from typing import Final

from services.chassis.facts.statement import ReadStatements
from services.members.domain.merge import BelongingKind
from services.members.storage.checks import stating
from services.members.storage.consents import read_consents
from services.members.storage.enrolments import read_enrolments
from services.members.storage.facts import of_consent, of_enrolment
from services.members.storage.memberships import read_memberships
from services.members.storage.role_facts import of_membership, of_role
from services.members.storage.roles import read_roles

READ_STATEMENTS: Final[dict[BelongingKind, ReadStatements]] = {
    BelongingKind.ENROLMENT: stating(read_enrolments, of_enrolment),
    BelongingKind.TEAM_MEMBERSHIP: stating(read_memberships, of_membership),
    BelongingKind.ROLE: stating(read_roles, of_role),
    BelongingKind.CONSENT: stating(read_consents, of_consent),
}
