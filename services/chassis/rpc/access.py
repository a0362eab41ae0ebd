"""Who may call what: one table per service, checked before anything is decoded."""

import re
from collections.abc import Mapping
from enum import Enum

from services.chassis.call import Caller, CallerKind
from services.chassis.faults import CallerForbidden, CallerMissing

_CALLER = re.compile(r"(member|service):([!-~]{1,64})")


class Access(Enum):
    """Which kind of caller an RPC is open to. Every caller has said who it is."""

    ANYONE = frozenset(CallerKind)
    PERSON = frozenset({CallerKind.MEMBER})
    SERVICE = frozenset({CallerKind.SERVICE})


AccessTable = Mapping[str, Access]
"""From `linli.members.v1.GridService/CreateNode` to who may call it."""


def parse_caller(stated: str, /) -> Caller:
    """Read `member:<id>` or `service:<name>`.

    Raises:
        CallerMissing: Nothing, or something else, was stated.
    """
    if not stated:
        raise CallerMissing
    match = _CALLER.fullmatch(stated)
    if match is None:
        raise CallerMissing("`linli-caller` must read `member:<id>` or `service:<name>`, in visible ASCII.")
    return Caller(kind=CallerKind(match[1]), id=match[2])


def authorise(*, table: AccessTable, method: str, caller: Caller) -> None:
    """Let the call pass, or refuse it.

    Raises:
        CallerForbidden: The table does not list the RPC, or not for this kind of caller.
    """
    access = table.get(method)
    if access is None:
        raise CallerForbidden("Nobody may call this RPC: it is not in the access table.", method=method)
    if caller.kind not in access.value:
        raise CallerForbidden(
            f"A {caller.kind} may not call this RPC.", method=method, caller_kind=caller.kind
        )
