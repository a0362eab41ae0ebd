"""Bring in the rows of a file of members."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.identities import ExternalId, Identities
from services.members.domain.person import Changes
from services.members.domain.personal import PersonalDetails
from services.members.domain.rows import Outcome, Row, Rows
from services.members.storage.affiliations import store_moved
from services.members.storage.facts import causes, of_member
from services.members.storage.members import insert_members, lock_codes
from services.members.storage.personal_details import find_by_external_ids, find_by_phones, read_details
from services.members.storage.persons import read_persons, write_persons
from services.members.storage.phone_countries import allowed_phone_countries
from services.members.storage.reasons import insert_reasons
from services.members.storage.sides import read_sides
from services.members.storage.vocabulary import read_vocabulary, terms_named
from services.members.storage.work_units import hold_work_units_by_code
from services.members.usecases.read_phone import read_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMember:
    """A row: put a person on the register, or compare it with whom the register has."""

    code: str
    work_unit_code: str
    stated: Changes = field(repr=False)
    """The phone is in any usual form."""
    occurred_at: datetime | None
    updates: bool
    accepts_duplicate: bool
    reason: str = field(repr=False)
    """Why, if it changes what was before today; empty: not stated."""
    stated_by: str
    """The caller."""

    def row(self, *, now: datetime, phone_countries: Sequence[str]) -> Row:
        stated = self.stated
        if stated.phone:
            stated = replace(stated, phone=read_phone(stated.phone, countries=phone_countries))
        return Row(
            member_id=new_id(),
            code=self.code,
            work_unit_code=self.work_unit_code,
            stated=stated,
            at=occurred(self.occurred_at, now=now),
            updates=self.updates,
            accepts_duplicate=self.accepts_duplicate,
            reason=self.reason,
            stated_by=self.stated_by,
        )


async def import_members(
    work: Work, commands: Sequence[ImportMember], *, zone: tzinfo
) -> list[Written | Fault]:
    """Decide rows, each by itself and in order, while the members that they name are locked.

    That two members look the same is found among those who are there when the batch begins: two batches at
    once may each bring in one of a pair. An external id the database itself gives once.

    Args:
        work: One transaction.
        commands: Of any members.
        zone: The district's, whose calendar says when today began.
    """
    phone_countries = await allowed_phone_countries(work.connection)
    read = decide_each(commands, lambda command: command.row(now=work.now, phone_countries=phone_countries))
    rows = accepted(read)
    work_units = await hold_work_units_by_code(work.connection, [row.work_unit_code for row in rows])
    # Before the codes: what another transaction registers after this look is known by its code, or in the way
    # of the insert; the other way round it would look like somebody else.
    holders, others = await _read_others(work, rows)
    members = await lock_codes(work.connection, [row.code for row in rows])
    before = await read_persons(work.connection, members.values())
    unit_ids = {unit.id for unit in work_units.values()}
    decisions = Rows(
        persons={person.member.code: person for person in before.values()},
        work_units=work_units,
        identities=Identities(
            holders=holders,
            known=others | {member_id: person.details for member_id, person in before.items()},
        ),
        vocabulary=await read_vocabulary(work.connection, terms_named(*(row.stated for row in rows))),
        sides=await read_sides(work, (row.stated_by for row in rows), work_unit_ids=unit_ids),
        now=work.now,
        zone=zone,
    )

    why: list[tuple[str, int, str, str]] = []

    def decide(row: Row | Fault) -> Outcome:
        if isinstance(row, Fault):
            raise row
        outcome = decisions.decide(row)
        if outcome.has_moved:
            member = outcome.person.member
            why.append((member.id, member.revision, row.reason, row.stated_by))
        return outcome

    decided = decide_each(read, decide)
    outcomes = accepted(decided)
    registered = {each.person.member.id: each.person.member for each in outcomes if each.was is None}
    if len(await insert_members(work, registered.values())) < len(registered):
        # Another transaction registered one of the codes meanwhile: now it is known.
        raise RunAgain
    await store_moved(work.connection, [each.person.member for each in outcomes if each.has_moved])
    changed = [each.person for each in outcomes if each.person is not each.was]
    await write_persons(work.connection, before=before, inserted=registered, after=changed)
    await insert_reasons(work, why)
    units = {unit.id: unit for unit in work_units.values()}

    def settle(outcome: Outcome) -> Written:
        member = outcome.person.member
        if not outcome.is_stated:
            return Written(id=member.id)
        unit = units.get(member.work_unit_id or "")
        return Written(id=member.id, facts=(of_member(member).make(work, causes=causes(unit)),))

    return settle_each(decided, settle)


async def _read_others(
    work: Work, rows: Sequence[Row]
) -> tuple[dict[ExternalId, str], dict[str, PersonalDetails]]:
    """Read who has the external ids that are stated, and who those and the holders of stated phones are."""
    external_ids = [each for row in rows for each in (row.stated.external_ids or {}).items()]
    holders = await find_by_external_ids(work.connection, external_ids)
    phones = await find_by_phones(work.connection, {row.stated.phone for row in rows if row.stated.phone})
    in_the_way = {*holders.values(), *(member_id for found in phones.values() for member_id in found)}
    return holders, await read_details(work.connection, in_the_way)
