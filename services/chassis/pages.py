"""Pages of a list, by keyset: the next page starts after the last key of this one.

    page = Page.of(request)
    rows = (await connection.execute(cut_out(select(...), page, key))).all()  # sql/paging.py
    rows, next_page_token = page.cut(rows, key=lambda row: (row.code,))

A token is opaque and works for the request it came from only. It is not a secret: whoever forges one starts
the same list elsewhere, which they may read anyway; so it carries a checksum, no signature.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from google.protobuf.message import Message

from services.chassis.faults import InvalidField

PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_MAX: Final = 1000
TOKEN_CHARACTERS_MAX: Final = 512

_NOT_THE_FILTER: Final = ("page_size", "page_token", "at_least")
_DIGEST_BYTES: Final = 12
_INT64: Final = 2**63

KeyValue = str | int | datetime
Key = tuple[KeyValue, ...]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list a request asks for."""

    size: int
    """How many rows to answer; read one more, so that `cut` knows whether there is a next page."""
    after: Key | None
    """The last key of the page before; None on the first page."""
    filter_digest: bytes

    @classmethod
    def of(cls, request: Message, /, *, key: tuple[type[KeyValue], ...] = (str,)) -> "Page":
        """Read `page_size` and `page_token` of a List request.

        Args:
            request: All its other fields are the filter, but for `at_least`.
            key: The types of the key's columns, in order: `str`, `int` (64 bits) or `datetime` (aware).

        Raises:
            InvalidField: The token is damaged, or comes from another request; or the size is negative.
        """
        size, token = request.page_size, request.page_token  # type: ignore[attr-defined]
        if size < 0:
            raise InvalidField("Ask for 1 to 1,000, or 0 for the default of 50.", field="page_size")
        digest = _filter_digest(request)
        return cls(
            size=min(size or PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX),
            after=_read(token, filter_digest=digest, key=key) if token else None,
            filter_digest=digest,
        )

    def token(self, last_key: Key, /) -> str:
        """Make the token of the page after `last_key`."""
        written = json.dumps([_to_json(value) for value in last_key], ensure_ascii=False).encode()
        token = base64.urlsafe_b64encode(_checksum(self.filter_digest, written) + written).decode()
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise ValueError(f"A page key this long does not fit {TOKEN_CHARACTERS_MAX} characters.")
        return token

    def cut(self, rows: Sequence[Row], /, *, key: Callable[[Row], Key]) -> tuple[Sequence[Row], str]:
        """Keep the rows of this page and make the token of the next.

        Args:
            rows: Up to `size` + 1, in the order of their keys.
            key: The key of a row, as `after` has it.

        Returns:
            The rows of the page; the token, empty on the last page.
        """
        if len(rows) <= self.size:
            return rows, ""
        kept = rows[: self.size]
        return kept, self.token(key(kept[-1]))


def _filter_digest(request: Message) -> bytes:
    bare = type(request)()
    bare.CopyFrom(request)
    for name in _NOT_THE_FILTER:
        if name in bare.DESCRIPTOR.fields_by_name:
            bare.ClearField(name)
    named = bare.DESCRIPTOR.full_name.encode() + b"\0" + bare.SerializeToString(deterministic=True)
    return hashlib.sha256(named).digest()


def _checksum(filter_digest: bytes, written: bytes) -> bytes:
    return hashlib.sha256(filter_digest + written).digest()[:_DIGEST_BYTES]


def _read(token: str, *, filter_digest: bytes, key: tuple[type[KeyValue], ...]) -> Key:
    """Read a token; even a forged one gives values of the right types, so that no statement fails on them."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
        checksum, written = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        if checksum != _checksum(filter_digest, written):
            raise _wrong_token()
        return tuple(_from_json(value, kind) for value, kind in zip(json.loads(written), key, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise _wrong_token() from None


def _wrong_token() -> InvalidField:
    return InvalidField(
        "This token is damaged or belongs to another request; start again without it.", field="page_token"
    )


def _to_json(value: KeyValue) -> str | int:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def _from_json(value: object, kind: type[KeyValue]) -> KeyValue:
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    if kind is int and type(value) is int and -_INT64 <= value < _INT64:
        return value
    if kind is str and isinstance(value, str) and "\0" not in value:
        value.encode()  # half of a surrogate pair raises; no database takes it
        return value
    raise ValueError(f"Not a {kind.__name__}.")
