"""Idempotent writes: what a request id did is kept for ever, in the transaction of its effect."""

import hmac
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from google.protobuf.message import Message
from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import RequestIdReused
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.chassis.sql.database import RunAgain
from services.chassis.tables import requests
from services.chassis.work import Work, Written

NOT_DIGESTED = frozenset({"request_id", "at_least"})
"""Fields that may differ between two sendings of the same request."""

DIGEST_CHARACTERS = 16
KEY_ID_CHARACTERS = 8


# A tuple: every write looks its key up several times, and hashing a dataclass costs more than all of that.
class RequestKey(NamedTuple):
    """Who sent which request: unique per client and method, for ever."""

    client: str
    method: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with a keyed digest of each top-level field that was set, so that no content is archived."""

    key: RequestKey
    digests: Mapping[str, str]

    def refuse_if_other(self, digests: Mapping[str, str]) -> None:
        """Compare with what was sent under the same id before.

        Raises:
            RequestIdReused: A field differs; it is named.
        """
        for name in sorted(self.digests.keys() | digests.keys()):
            if self.digests.get(name) != digests.get(name):
                raise RequestIdReused(field=name, request_id=self.key.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a request did when it was first sent."""

    digests: Mapping[str, str] | None
    """None if they were made with another key, so that nobody can compare them."""
    written: Written


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSecret:
    """The key of the digests, and its name, which stands in each row."""

    key_id: str
    key: bytes

    @classmethod
    def of(cls, key: bytes, /) -> "RequestSecret":
        """Name a key after itself, without giving it away."""
        return cls(key_id=hmac.digest(key, b"name", "sha256").hex()[:KEY_ID_CHARACTERS], key=key)

    def digest(self, message: Message) -> dict[str, str]:
        """Digest each field that was set, by its name."""
        return {
            field.name: self._digest(field.name, value)
            for field, value in message.ListFields()
            if field.name not in NOT_DIGESTED
        }

    def _digest(self, name: str, value: object) -> str:
        if isinstance(value, Message):
            content = value.SerializeToString(deterministic=True)
        elif isinstance(value, str | int | bytes | bool | float):
            content = repr(value).encode()
        else:
            content = repr(
                [
                    item.SerializeToString(deterministic=True) if isinstance(item, Message) else item
                    for item in value  # type: ignore[attr-defined]
                ]
            ).encode()
        return hmac.digest(self.key, name.encode() + b"\0" + content, "sha256").hex()[:DIGEST_CHARACTERS]


_RECALL: Final = requests.select().where(
    requests.c.client == bindparam("client"),
    requests.c.method == bindparam("method"),
    is_among(requests.c.request_id, bindparam("request_ids")),
)


async def recall(
    connection: AsyncConnection, keys: Collection[RequestKey], *, key_id: str
) -> dict[RequestKey, Kept]:
    """Find what was kept of these requests; `key_id` names the key that digests are made with now."""
    ids: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for key in keys:
        ids[key.client, key.method].add(key.request_id)
    # One statement per client and method, of which a batch has one: a list of row values is slow on SQLite.
    rows = [
        row
        for (client, method), request_ids in ids.items()
        for row in await connection.execute(
            _RECALL, {"client": client, "method": method, "request_ids": list(request_ids)}
        )
    ]
    return {
        RequestKey(client=row.client, method=row.method, request_id=row.request_id): Kept(
            digests=json.loads(row.digests) if row.key_id == key_id else None,
            written=Written(id=row.produced_id, facts=(row.last_fact_id,) if row.last_fact_id else ()),
        )
        for row in rows
    }


async def keep(work: Work, effects: Mapping[RequestKey, tuple[Request, Written]], *, key_id: str) -> None:
    """Keep what requests did.

    Raises:
        RunAgain: Another process kept one of them meanwhile.
    """
    if not effects:
        return
    rows = [
        {
            "client": key.client,
            "method": key.method,
            "request_id": key.request_id,
            "key_id": key_id,
            "digests": json.dumps(request.digests),
            "produced_id": written.id,
            "last_fact_id": written.facts[-1] if written.facts else "",
            "recorded_at": work.now,
        }
        for key, (request, written) in effects.items()
    ]
    if work.dialect == "sqlite":
        # The single writer has just looked, so nothing can stand in the way.
        await insert_columns(work.connection, requests, rows)
        return
    kept = await insert_columns(
        work.connection, requests, rows, conflict="ignore", returning=requests.c.request_id
    )
    if len(kept) < len(rows):
        raise RunAgain
