"""Between the contract and the domain: members. Pure functions that only convert."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from linli.members.v1 import consent_pb2, member_pb2

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.availability import Slot, week
from services.members.domain.consent import Consent, ConsentPurpose
from services.members.domain.person import Changes, Person, Profile
from services.members.domain.personal import cleaned
from services.members.domain.register import MemberType
from services.members.usecases.create_members import CreateMember
from services.members.usecases.erase_members import EraseMember
from services.members.usecases.import_members import ImportMember
from services.members.usecases.record_consents import RecordConsent
from services.members.usecases.update_members import UpdateMember

_MEMBER_TYPE: Final = "MEMBER_TYPE_"
_PURPOSE: Final = "CONSENT_PURPOSE_"

CHANGEABLE: Final = frozenset(
    {
        "name",
        "sort_name",
        "phone",
        "external_ids",
        "member_type",
        "probationary",
        "skills",
        "service_types",
        "availability",
    }
)
"""What an update can name in its mask."""


def create_member(request: member_pb2.CreateMemberRequest, _call: Call) -> CreateMember:
    return CreateMember(
        code=request.code,
        name=cleaned(request.name, field="name"),
        sort_name=_sort_name(request.sort_name),
        phone=request.phone.strip(),
        external_ids=_external_ids(request.external_ids),
        member_type=_type_of(request.member_type),
        probationary=request.probationary,
        work_unit_id=request.work_unit_id or None,
        profile=Profile(
            skills=_codes(request.skills),
            service_types=_codes(request.service_types),
            availability=_week(request.availability),
        ),
        occurred_at=stated_moment(request),
    )


def update_member(request: member_pb2.UpdateMemberRequest, _call: Call) -> UpdateMember:
    named = frozenset(request.update_mask.paths)
    if not named or not named <= CHANGEABLE:
        raise InvalidField(f"Name some of {', '.join(sorted(CHANGEABLE))}.", field="update_mask")
    if "member_type" in named and not request.member_type:
        raise InvalidField("Say what kind of member.", field="member_type")
    stated: dict[str, Callable[[], Any]] = {
        "name": lambda: cleaned(request.name, field="name"),
        "sort_name": lambda: _sort_name(request.sort_name),
        "phone": request.phone.strip,
        "external_ids": lambda: _external_ids(request.external_ids),
        "member_type": lambda: _type_of(request.member_type),
        "probationary": lambda: request.probationary,
        "skills": lambda: _codes(request.skills),
        "service_types": lambda: _codes(request.service_types),
        "availability": lambda: _week(request.availability),
    }
    values = {name: read() for name, read in stated.items() if name in named}
    return UpdateMember(member_id=request.member_id, etag=request.etag, changes=Changes(**values))


def import_member(request: member_pb2.MemberRow, call: Call) -> ImportMember:
    stated = Changes(
        name=cleaned(request.name, field="name"),
        sort_name=_sort_name(request.sort_name) or None,
        phone=request.phone.strip() or None,
        external_ids=_external_ids(request.external_ids) or None,
        member_type=_type_of(request.member_type),
        probationary=request.probationary if request.HasField("probationary") else None,
        skills=_codes(request.skills) or None,
        service_types=_codes(request.service_types) or None,
    )
    return ImportMember(
        code=request.code,
        work_unit_code=request.work_unit_code,
        stated=stated,
        occurred_at=stated_moment(request),
        updates=request.if_differs == member_pb2.IF_DIFFERS_UPDATE,
        accepts_duplicate=request.accept_duplicate,
        reason=request.reason,
        stated_by=str(call.caller),
    )


def record_consent(request: member_pb2.RecordConsentRequest, _call: Call) -> RecordConsent:
    return RecordConsent(
        member_id=request.member_id,
        purpose=ConsentPurpose(consent_pb2.ConsentPurpose.Name(request.purpose).removeprefix(_PURPOSE)),
        revoked=request.revoked,
        occurred_at=stated_moment(request),
    )


def erase_member(request: member_pb2.EraseMemberRequest, call: Call) -> EraseMember:
    return EraseMember(member_id=request.member_id, reason=request.reason, stated_by=str(call.caller))


def member(person: Person, /) -> member_pb2.Member:
    record, details, profile = person.member, person.details, person.profile
    return member_pb2.Member(
        member_id=record.id,
        code=record.code,
        name=details.name,
        member_type=member_pb2.MemberType.Value(f"{_MEMBER_TYPE}{record.member_type}"),
        work_unit_id=record.work_unit_id or "",
        registered_at=timestamp(record.registered_at),
        probationary=record.probationary,
        sort_name=details.sort_name,
        phone=details.phone,
        external_ids=[
            member_pb2.ExternalId(system=system, value=value)
            for system, value in sorted(details.external_ids.items())
        ],
        skills=profile.skills,
        service_types=profile.service_types,
        availability=[
            member_pb2.AvailabilitySlot(
                weekday=slot.weekday, starts_minute=slot.starts_minute, ends_minute=slot.ends_minute
            )
            for slot in profile.availability
        ],
        etag=person.etag,
        erased_at=timestamp(record.erased_at),
    )


def consent(record: Consent, /) -> consent_pb2.Consent:
    return consent_pb2.Consent(
        consent_id=record.id,
        member_id=record.member_id,
        purpose=consent_pb2.ConsentPurpose.Value(f"{_PURPOSE}{record.purpose}"),
        given_at=timestamp(record.given_at),
        revoked_at=timestamp(record.revoked_at),
    )


def member_type(stated: member_pb2.MemberType.ValueType, /) -> MemberType | None:
    return _type_of(stated) if stated else None


def _type_of(stated: member_pb2.MemberType.ValueType) -> MemberType:
    return MemberType(member_pb2.MemberType.Name(stated).removeprefix(_MEMBER_TYPE))


def _sort_name(stated: str) -> str:
    return " ".join(cleaned(stated, field="sort_name").casefold().split()) if stated.strip() else ""


def _external_ids(stated: Sequence[member_pb2.ExternalId]) -> dict[str, str]:
    external_ids = {each.system: each.value for each in stated}
    if len(external_ids) < len(stated):
        raise InvalidField("State one external id of each system.", field="external_ids")
    return external_ids


def _codes(stated: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(stated))


def _week(stated: Iterable[member_pb2.AvailabilitySlot]) -> tuple[Slot, ...]:
    return week(
        Slot(weekday=each.weekday, starts_minute=each.starts_minute, ends_minute=each.ends_minute)
        for each in stated
    )
