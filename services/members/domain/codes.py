"""Codes: what people call a node, a work unit or a member; unique among their kind."""

from collections.abc import Iterable

from services.members.domain.faults import CodeTaken


class Codes:
    """The codes that stand in the way of a batch, and those it takes itself."""

    def __init__(self, *, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def take(self, *codes: str) -> None:
        """Reserve a code, or several, or none of them.

        Raises:
            CodeTaken: Somebody has one of them, perhaps an earlier item of the same batch.
        """
        wanted = set(codes)
        if len(wanted) < len(codes) or wanted & self._taken:
            raise CodeTaken(field="code")
        self._taken |= wanted
