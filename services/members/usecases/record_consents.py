"""Record what members agree to, and no longer do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.consent import Consent, ConsentPurpose, Consents
from services.members.domain.faults import MemberUnknown
from services.members.domain.register import refuse_gone
from services.members.storage.consents import read_consents_of, store_consents
from services.members.storage.facts import causes, of_consent
from services.members.storage.members import lock_members


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """Give a consent, or revoke the one that holds."""

    member_id: str
    purpose: ConsentPurpose
    revoked: bool
    occurred_at: datetime | None


async def record_consents(work: Work, commands: Sequence[RecordConsent]) -> list[Written | Fault]:
    """Record consents, each decided by itself and in order, while the members are locked."""
    members = await lock_members(work.connection, [command.member_id for command in commands])
    consents = Consents(history=await read_consents_of(work.connection, members))

    def decide(command: RecordConsent) -> Consent:
        member = members.get(command.member_id)
        if member is None:
            raise MemberUnknown(field="member_id", member_id=command.member_id)
        refuse_gone(member)
        at = occurred(command.occurred_at, now=work.now)
        if command.revoked:
            return consents.revoke(member.id, command.purpose, at=at)
        return consents.give(
            Consent(
                id=new_id(),
                member_id=member.id,
                purpose=command.purpose,
                given_at=at,
                revoked_at=None,
                revision=1,
            )
        )

    decided = decide_each(commands, decide)
    await store_consents(work.connection, accepted(decided))

    def settle(consent: Consent) -> Written:
        rests_on = causes(members[consent.member_id])
        return Written(id=consent.id, facts=(of_consent(consent).make(work, causes=rests_on),))

    return settle_each(decided, settle)
