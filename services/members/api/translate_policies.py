"""Between the contract and the domain: the policy of the register. Pure functions that only convert."""

from typing import Final

import phonenumbers
from linli.members.v1 import policy_pb2 as pb

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import timestamp
from services.chassis.periods import PeriodKind
from services.members.domain.policy import MonthDay, ParticipationKind, ParticipationRule, Policy
from services.members.storage.policies import HeldPolicy
from services.members.usecases.set_policy import SetPolicy

_RENEWAL: Final = "RENEWAL_PERIOD_"
_KIND: Final = "PARTICIPATION_KIND_"


def set_policy(request: pb.SetPolicyRequest, call: Call) -> SetPolicy:
    return SetPolicy(
        policy=_policy(request.policy),
        etag=request.etag,
        reason=request.reason,
        stated_by=str(call.caller),
    )


def held(record: HeldPolicy, /) -> pb.GetPolicyResponse:
    return pb.GetPolicyResponse(
        policy=_written(record.revision.policy),
        etag=record.revision.etag,
        set_by=record.set_by,
        set_at=timestamp(record.set_at),
    )


def _policy(stated: pb.Policy) -> Policy:
    unknown = set(stated.phone_countries) - phonenumbers.SUPPORTED_REGIONS
    if unknown:
        raise InvalidField(
            f"No phone numbers are known of {', '.join(sorted(unknown))}.", field="policy.phone_countries"
        )
    renewal = pb.RenewalPeriod.Name(stated.renewal_period).removeprefix(_RENEWAL)
    deadline = stated.enrolment_deadline if stated.HasField("enrolment_deadline") else None
    return Policy(
        renewal_period=None if renewal == "NONE" else PeriodKind(renewal),
        enrolment_deadline=MonthDay(month=deadline.month, day=deadline.day) if deadline else None,
        participation=ParticipationRule(
            kinds=frozenset(
                ParticipationKind(pb.ParticipationKind.Name(kind).removeprefix(_KIND))
                for kind in stated.participation.kinds
            ),
            records_min=stated.participation.records_min,
        ),
        phone_countries=tuple(stated.phone_countries),
        acknowledgement_days=stated.acknowledgement_days,
    )


def _written(policy: Policy) -> pb.Policy:
    deadline = policy.enrolment_deadline
    return pb.Policy(
        renewal_period=pb.RenewalPeriod.Value(f"{_RENEWAL}{policy.renewal_period or 'NONE'}"),
        enrolment_deadline=pb.MonthDay(month=deadline.month, day=deadline.day) if deadline else None,
        participation=pb.ParticipationRule(
            kinds=[
                pb.ParticipationKind.Value(f"{_KIND}{kind}") for kind in sorted(policy.participation.kinds)
            ],
            records_min=policy.participation.records_min,
        ),
        phone_countries=policy.phone_countries,
        acknowledgement_days=policy.acknowledgement_days,
    )
