"""Put people on the register."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import CodeTaken
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import Member, MemberType, register
from services.members.storage.codes import read_codes
from services.members.storage.facts import causes, of_member
from services.members.storage.members import insert_members
from services.members.storage.personal_details import write_details
from services.members.storage.tables import members
from services.members.storage.work_units import hold_current


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMember:
    """Put a person on the register."""

    code: str
    name: str = field(repr=False)
    """Personal: kept apart from the member."""
    member_type: MemberType
    work_unit_id: str | None
    occurred_at: datetime | None

    def member(self, *, now: datetime) -> Member:
        return Member(
            id=new_id(),
            code=self.code,
            member_type=self.member_type,
            work_unit_id=self.work_unit_id,
            registered_at=occurred(self.occurred_at, now=now),
            revision=1,
        )


async def create_members(work: Work, commands: Sequence[CreateMember]) -> list[Written | Fault]:
    """Register members, each decided by itself and in order."""
    unit_ids = [command.work_unit_id for command in commands if command.work_unit_id]
    work_units = await hold_current(work.connection, unit_ids)
    units_by_id = {unit.id: unit for unit in work_units.values()}
    codes = await read_codes(work.connection, members.c.code, [command.code for command in commands])
    details: dict[str, PersonalDetails] = {}

    def decide(command: CreateMember) -> Member:
        member = register(command.member(now=work.now), work_units=work_units, codes=codes)
        details[member.id] = PersonalDetails(name=command.name)
        return member

    decided = decide_each(commands, decide)
    inserted = await insert_members(work, accepted(decided))
    await write_details(
        work.connection, before={}, after={id_: each for id_, each in details.items() if id_ in inserted}
    )

    def settle(member: Member) -> Written:
        if member.id not in inserted:
            raise CodeTaken(field="code")
        work_unit = units_by_id.get(member.work_unit_id or "")
        return Written(id=member.id, facts=(of_member(member).make(work, causes=causes(work_unit)),))

    return settle_each(decided, settle)
