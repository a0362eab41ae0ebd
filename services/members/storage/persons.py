"""Reads and writes members as persons, over the modules that keep their parts."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.person import Person
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import Member
from services.members.storage.members import read_members, update_members
from services.members.storage.personal_details import read_details, write_details
from services.members.storage.profiles import read_profiles, write_profiles


async def read_persons(connection: AsyncConnection, members: Collection[Member]) -> dict[str, Person]:
    """Read all that is kept about members, by member id; whoever was erased has empty details."""
    member_ids = [member.id for member in members]
    details = await read_details(connection, member_ids)
    profiles = await read_profiles(connection, member_ids)
    return {
        member.id: Person(
            member=member,
            details=details.get(member.id) or PersonalDetails(name=""),
            profile=profiles[member.id],
        )
        for member in members
    }


async def read_persons_by_id(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Person]:
    """Read members, and all that is kept about them, by member id; those who do not exist are left out."""
    return await read_persons(connection, (await read_members(connection, member_ids)).values())


async def write_persons(
    connection: AsyncConnection,
    *,
    before: Mapping[str, Person],
    inserted: Mapping[str, Member] = MappingProxyType({}),
    after: Iterable[Person],
) -> None:
    """Store the difference between persons.

    Args:
        connection: Of a transaction that writes.
        before: As they were read while they were locked.
        inserted: Others, who are new: as their rows were inserted; if not named, as they are in `after`.
        after: As they are to be, the last of each member; those whom another transaction was faster to
            register are left out.

    Raises:
        RunAgain: Another transaction took an external id meanwhile.
    """
    wanted = {person.member.id: person for person in after}
    held = {member_id: before[member_id] for member_id in wanted if member_id in before}
    rows = {**inserted, **{member_id: person.member for member_id, person in held.items()}}
    changed = [
        person.member
        for member_id, person in wanted.items()
        if person.member != rows.get(member_id, person.member)
    ]
    await update_members(connection, changed)
    await write_details(
        connection,
        before={member_id: person.details for member_id, person in held.items()},
        after={member_id: person.details for member_id, person in wanted.items()},
    )
    await write_profiles(
        connection,
        before={member_id: person.profile for member_id, person in held.items()},
        after={member_id: person.profile for member_id, person in wanted.items()},
    )
