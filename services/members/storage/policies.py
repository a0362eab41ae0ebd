"""Reads and writes the policy of the register: revisions that are added and never changed."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.periods import PeriodKind
from services.chassis.sql.columns import insert_columns
from services.chassis.work import Work
from services.members.domain.faults import EtagStale
from services.members.domain.policy import (
    MonthDay,
    ParticipationKind,
    ParticipationRule,
    Policy,
    PolicyRevision,
)
from services.members.storage.tables import policies


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPolicy:
    """A revision with who set it and when; of the default nobody, never."""

    revision: PolicyRevision
    set_by: str = ""
    set_at: datetime | None = None


async def read_policy(connection: AsyncConnection) -> Policy:
    """Read the policy that holds."""
    return (await read_revision(connection)).revision.policy


async def read_revision(connection: AsyncConnection, *, as_of: datetime | None = None) -> HeldPolicy:
    """Read the policy that holds, or held at a time."""
    statement = select(policies).order_by(policies.c.revision.desc()).limit(1)
    if as_of is not None:
        statement = statement.where(policies.c.set_at <= as_of)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return HeldPolicy(revision=PolicyRevision())
    revision = PolicyRevision(policy=_read(row.document), revision=row.revision)
    return HeldPolicy(revision=revision, set_by=row.set_by, set_at=row.set_at)


async def insert_policy(work: Work, held: PolicyRevision, *, set_by: str) -> None:
    """Store the next revision.

    Raises:
        EtagStale: Another transaction was faster.
    """
    row = {
        "revision": held.revision,
        "document": _written(held.policy),
        "set_by": set_by,
        "set_at": work.now,
    }
    kept = await insert_columns(
        work.connection, policies, [row], conflict="ignore", returning=policies.c.revision
    )
    if not kept:
        raise EtagStale(field="etag")


def _written(policy: Policy) -> str:
    deadline = policy.enrolment_deadline
    document = {
        "renewal_period": policy.renewal_period,
        "enrolment_deadline": [deadline.month, deadline.day] if deadline else None,
        "participation": {
            "kinds": sorted(policy.participation.kinds),
            "records_min": policy.participation.records_min,
        },
        "phone_countries": policy.phone_countries,
        "acknowledgement_days": policy.acknowledgement_days,
    }
    return json.dumps(document, ensure_ascii=False)


def _read(document: str) -> Policy:
    """Read a document of this version or an earlier one: what it does not name is as by default."""
    stated: dict[str, Any] = json.loads(document)
    default = Policy()
    renewal = stated.get("renewal_period", default.renewal_period)
    rule = stated.get("participation")
    deadline = stated.get("enrolment_deadline", default.enrolment_deadline)
    return Policy(
        renewal_period=PeriodKind(renewal) if renewal else None,
        enrolment_deadline=MonthDay(month=deadline[0], day=deadline[1])
        if isinstance(deadline, list)
        else deadline,
        participation=ParticipationRule(
            kinds=frozenset(ParticipationKind(kind) for kind in rule["kinds"]),
            records_min=rule["records_min"],
        )
        if rule
        else default.participation,
        phone_countries=tuple(stated.get("phone_countries", default.phone_countries)),
        acknowledgement_days=stated.get("acknowledgement_days", default.acknowledgement_days),
    )
