"""Change what is known about people."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.faults import EtagStale, MemberUnknown
from services.members.domain.identities import Identities
from services.members.domain.person import Changes, Person
from services.members.domain.register import refuse_gone
from services.members.domain.vocabulary import TermKind
from services.members.storage.facts import of_member
from services.members.storage.members import lock_members
from services.members.storage.personal_details import find_by_external_ids
from services.members.storage.persons import read_persons, write_persons
from services.members.storage.phone_countries import allowed_phone_countries
from services.members.storage.vocabulary import read_vocabulary, terms_named
from services.members.usecases.read_phone import read_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember:
    """Change a member who still is as they were read."""

    member_id: str
    etag: str
    changes: Changes = field(repr=False)
    """The phone is in any usual form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A person as they became by one command."""

    person: Person
    is_restated: bool
    """Something that a fact states changed."""


async def update_members(work: Work, commands: Sequence[UpdateMember]) -> list[Written | Fault]:
    """Update members, each decided by itself and in order, while they are locked."""
    members = await lock_members(work.connection, [command.member_id for command in commands])
    before = await read_persons(work.connection, members.values())
    vocabulary = await read_vocabulary(work.connection, terms_named(*(each.changes for each in commands)))
    external_ids = [each for command in commands for each in (command.changes.external_ids or {}).items()]
    identities = Identities(
        holders=await find_by_external_ids(work.connection, external_ids),
        known={member_id: person.details for member_id, person in before.items()},
    )
    phone_countries = await allowed_phone_countries(work.connection)
    persons = dict(before)

    def decide(command: UpdateMember) -> Changed:
        person = persons.get(command.member_id)
        if person is None:
            raise MemberUnknown(field="member_id", member_id=command.member_id)
        refuse_gone(person.member)
        if command.etag != person.etag:
            raise EtagStale(field="etag", member_id=command.member_id)
        changes = command.changes
        if changes.phone:
            changes = replace(changes, phone=read_phone(changes.phone, countries=phone_countries))
        changed = changes.applied_to(person)
        for kind in TermKind:
            vocabulary.refuse_unusable(kind, changed.profile.codes(kind), held=person.profile.codes(kind))
        identities.refuse_taken(changed)
        identities.remember(changed, instead_of=person)
        persons[command.member_id] = changed
        return Changed(person=changed, is_restated=changed.member.revision > person.member.revision)

    decided = decide_each(commands, decide)
    await write_persons(work.connection, before=before, after=[each.person for each in accepted(decided)])

    def settle(changed: Changed) -> Written:
        member = changed.person.member
        return Written(id=member.id, facts=(of_member(member).make(work),) if changed.is_restated else ())

    return settle_each(decided, settle)
