"""A service as small as can be, to try the chassis with: it keeps notes and states each as a fact."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import BigInteger, Column, MetaData, String, Table, insert

from services.chassis.door import Door, Effect, Item, Parcel
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.received import read_latest_of
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.requests import Request, RequestKey
from services.chassis.sql import statements
from services.chassis.sql.database import Database
from services.chassis.work import Work, Written
from tests.integration.databases import SECRET, opened

metadata = MetaData()
notes = Table(
    "notes",
    metadata,
    Column("note_id", String(64), primary_key=True),
    Column("text", String(100), unique=True),
    Column("revision", BigInteger),
)
computed = Table(
    "computed",
    metadata,
    Column("subject", String(128), primary_key=True),
    Column("texts", String(1000)),
    Column("times", BigInteger),
)
FACTS_A_PULL = 7
"""Few, so that it takes several."""


BREAKS = "breaks the program"


class NoteEmpty(Fault):
    """A note says something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote:
    text: str
    note_id: str = ""
    revision: int = 1


async def write_note(work: Work, commands: Sequence[WriteNote]) -> list[Written | Fault]:
    outcomes: list[Written | Fault] = []
    rows = []
    for command in commands:
        if command.text == BREAKS:
            raise ZeroDivisionError
        if not command.text:
            outcomes.append(NoteEmpty(field="text"))
            continue
        note_id = command.note_id or new_id()
        rows.append({"note_id": f"{note_id}-{command.revision}", "text": command.text, "revision": 1})
        fact_id = work.state(
            record_id=note_id,
            revision=command.revision,
            effective_at=work.now,
            subjects=[("note", note_id)],
            body=StringValue(value=command.text),
        )
        outcomes.append(Written(id=note_id, facts=(fact_id,)))
    if rows:
        await work.connection.execute(insert(notes), rows)
    return outcomes


def parcel(*texts: str, request_id: str = "", alone: str = "", seconds: float = 10.0) -> Parcel:
    """Make the items of one call; `alone`: dry_run or all_or_nothing."""
    items = [item(WriteNote(text=text), request_id=request_id or new_id()) for text in texts]
    options = {alone: True} if alone else {}
    return Parcel(items=items, deadline=time.monotonic() + seconds, **options)  # type: ignore[arg-type]


def item(command: WriteNote, *, request_id: str) -> Item:
    digests = {"text": SECRET.digest(StringValue(value=command.text)).get("value", "")}
    key = RequestKey(client="service:test", method="WriteNote", request_id=request_id)
    return Item(usecase=write_note, command=command, request=Request(key=key, digests=digests))


@asynccontextmanager
async def open_database(url: str, *, schema: str = "notes") -> AsyncGenerator[Database]:
    async with opened(url, schema=schema) as database:
        async with database.write() as connection:
            await connection.run_sync(metadata.create_all)
        yield database


def open_door(database: Database, *, log: str = "notes") -> Door:
    return Door(database=database, log=log, secret=SECRET, after_commit=lambda _work: None)


async def state(database: Database, commands: Sequence[WriteNote]) -> list[Effect | Fault]:
    """State notes without a door that runs: one transaction."""
    door = open_door(database)
    items = [item(command, request_id=new_id()) for command in commands]
    return await door._decide([Parcel(items=items, deadline=time.monotonic() + 10)])


def reader(*, poison: str = "") -> Consumer:
    """Consume notes: what is computed of a note is its latest text; a poisonous one cannot be."""

    async def apply(work: Work, subjects: Sequence[str]) -> None:
        for subject, facts in (await read_latest_of(work.connection, subjects)).items():
            texts = sorted(StringValue.FromString(fact.body.value).value for fact in facts)
            if poison and poison in texts:
                raise NoteEmpty
            row = {"subject": subject, "texts": "|".join(texts), "times": 1}
            upsert = statements.insert(computed, dialect=work.dialect).values(row)
            await work.connection.execute(
                upsert.on_conflict_do_update(
                    index_elements=["subject"],
                    set_={"texts": upsert.excluded.texts, "times": computed.c.times + 1},
                )
            )

    return Consumer(
        name="reader",
        logs=("notes",),
        bodies={"google.protobuf.StringValue": StringValue},
        kinds=frozenset({"note"}),
        apply=apply,
    )
