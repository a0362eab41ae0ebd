"""Put people on the register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import CodeTaken
from services.members.domain.identities import Identities
from services.members.domain.person import Person, Profile
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import Member, MemberType, register
from services.members.domain.vocabulary import TermKind
from services.members.storage.codes import read_codes
from services.members.storage.facts import causes, of_member
from services.members.storage.members import insert_members
from services.members.storage.personal_details import find_by_external_ids
from services.members.storage.persons import write_persons
from services.members.storage.phone_countries import allowed_phone_countries
from services.members.storage.tables import members
from services.members.storage.vocabulary import read_vocabulary, terms_named
from services.members.storage.work_units import hold_current
from services.members.usecases.read_phone import read_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMember:
    """Put a person on the register."""

    code: str
    name: str = field(repr=False)
    """Personal, as the next ones: kept apart from the member."""
    sort_name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    """In any usual form."""
    external_ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    member_type: MemberType
    probationary: bool = False
    work_unit_id: str | None
    profile: Profile = field(default_factory=Profile)
    occurred_at: datetime | None

    def person(self, *, now: datetime, phone_countries: Sequence[str]) -> Person:
        member = Member(
            id=new_id(),
            code=self.code,
            member_type=self.member_type,
            work_unit_id=self.work_unit_id,
            registered_at=occurred(self.occurred_at, now=now),
            probationary=self.probationary,
            revision=1,
        )
        details = PersonalDetails(
            name=self.name,
            sort_name=self.sort_name,
            phone=read_phone(self.phone, countries=phone_countries),
            external_ids=self.external_ids,
        )
        return Person(member=member, details=details, profile=self.profile)


async def create_members(work: Work, commands: Sequence[CreateMember]) -> list[Written | Fault]:
    """Register members, each decided by itself and in order."""
    unit_ids = [command.work_unit_id for command in commands if command.work_unit_id]
    work_units = await hold_current(work.connection, unit_ids)
    units_by_id = {unit.id: unit for unit in work_units.values()}
    codes = await read_codes(work.connection, members.c.code, [command.code for command in commands])
    vocabulary = await read_vocabulary(work.connection, terms_named(*(each.profile for each in commands)))
    external_ids = [each for command in commands for each in command.external_ids.items()]
    identities = Identities(holders=await find_by_external_ids(work.connection, external_ids), known={})
    phone_countries = await allowed_phone_countries(work.connection)

    def decide(command: CreateMember) -> Person:
        person = command.person(now=work.now, phone_countries=phone_countries)
        for kind in TermKind:
            vocabulary.refuse_unusable(kind, person.profile.codes(kind))
        identities.refuse_taken(person)
        member = register(person.member, work_units=work_units, codes=codes)
        identities.remember(person)
        return replace(person, member=member)

    decided = decide_each(commands, decide)
    registered = accepted(decided)
    inserted = await insert_members(work, [person.member for person in registered])
    await write_persons(
        work.connection, before={}, after=[each for each in registered if each.member.id in inserted]
    )

    def settle(person: Person) -> Written:
        member = person.member
        if member.id not in inserted:
            raise CodeTaken(field="code")
        work_unit = units_by_id.get(member.work_unit_id or "")
        return Written(id=member.id, facts=(of_member(member).make(work, causes=causes(work_unit)),))

    return settle_each(decided, settle)
