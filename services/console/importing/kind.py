"""A kind of row that a file may hold: its columns, what they become, and which RPC takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grpc import aio

from services.console.importing.stating import Stated
from services.console.sheets.columns import Column

REFUSE: Final = 1
UPDATE: Final = 2
"""The numbers of `IfDiffers` in every contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    name: str
    """`members`, `units` or `nodes`."""
    columns: Sequence[Column]
    row: Callable[[Stated], Any]
    """Makes the message of a row; its request id and what becomes of it if it differs are added later."""
    keys: Mapping[str, str]
    """From a field of that message to the key of its column, where they are called differently."""
    rpc: Callable[[aio.Channel], Any]
    request: Callable[..., Any]
    differs: str
    """The reason of a refusal because the register has a row otherwise."""
    once: Callable[[Any], Sequence[tuple[str, str]]]
    """What no two rows of a file may have in common: keys of columns and values."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """From the key of a column to the key of a text: what is wrong if the server alone can say that it is."""
    parent_unknown: str = ""
    """The reason of a refusal because the code in the column `parent` is not known."""

    def column_of(self, field: str) -> str:
        """Name the column that a field of the message comes from."""
        name = field.partition(".")[0].partition("[")[0]
        return self.keys.get(name, name)
