"""Commands and requests about people with defaults, so that a test states only what it is about."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from linli.members.v1.member_pb2 import MemberRow, UpdateMemberRequest

from services.chassis.ids import new_id
from services.chassis.sql.database import Database
from services.members.domain.person import Changes, Person
from services.members.domain.register import MemberType
from services.members.storage.persons import read_persons_by_id
from services.members.usecases.import_members import ImportMember
from services.members.usecases.update_members import UpdateMember
from tests.integration.members.register import MARCH, Register


def row(code: str, name: str = "王伟", **others: Any) -> ImportMember:
    """A row that states what a test names; the rest is what every row states."""
    others = {"member_type": MemberType.RESIDENT, **others}
    how = {
        "work_unit_code": "",
        "occurred_at": MARCH,
        "updates": False,
        "accepts_duplicate": False,
        "reason": "",
        "stated_by": "service:test",
    }
    how |= {key: others.pop(key) for key in how if key in others}
    return ImportMember(code=code, stated=Changes(name=name, **others), **how)  # type: ignore[arg-type] # as stated


def update(person: Person, *, etag: str = "", **changes: Any) -> UpdateMember:
    return UpdateMember(member_id=person.member.id, etag=etag or person.etag, changes=Changes(**changes))


async def read(database: Database, member_id: str) -> Person:
    async with database.read() as connection:
        return (await read_persons_by_id(connection, [member_id]))[member_id]


async def person(register: Register, code: str = "m1", **others: Any) -> Person:
    (member_id,) = await register.members(code, **others)
    return await read(register.database, member_id)


def a_row(code: str, name: str = "王伟", **others: Any) -> MemberRow:
    stated = {"request_id": new_id(), "member_type": "MEMBER_TYPE_RESIDENT", **others}
    return MemberRow(code=code, name=name, **stated)


def an_update(member_id: str, etag: str, *paths: str, **others: Any) -> UpdateMemberRequest:
    mask = FieldMask(paths=paths or others.keys())
    return UpdateMemberRequest(
        request_id=new_id(), member_id=member_id, etag=etag, update_mask=mask, **others
    )
