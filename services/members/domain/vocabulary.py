"""The vocabulary: the words for what members can and offer to do."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.members.domain.faults import TermExists, TermRetired, TermUnknown


class TermKind(StrEnum):
    SKILL = "SKILL"
    """What a member can."""
    SERVICE_TYPE = "SERVICE_TYPE"
    """What a member offers to do."""


FIELDS: Final = {TermKind.SKILL: "skills", TermKind.SERVICE_TYPE: "service_types"}
"""The fields of a member that name terms."""

TermKey = tuple[TermKind, str]
"""Kind and code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the vocabulary."""

    kind: TermKind
    code: str
    name_zh: str
    name_en: str
    retired_at: datetime | None = None
    """Since when nobody gets it any more; whoever has it keeps it."""

    @property
    def key(self) -> TermKey:
        return self.kind, self.code

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.code}"


class Vocabulary:
    """Decides about terms, and about who may get them."""

    def __init__(self, *, terms: Iterable[Term]) -> None:
        """Know the terms that are named."""
        self._terms = {term.key: term for term in terms}

    def add(self, term: Term, /) -> Term:
        """Take a term in.

        Raises:
            TermExists: There is one of this code, perhaps a retired one.
        """
        if term.key in self._terms:
            raise TermExists(field="code", code=term.code)
        return self._remember(term)

    def rename(self, key: TermKey, /, *, name_zh: str, name_en: str) -> Term:
        """Call a term otherwise.

        Raises:
            TermUnknown: There is none.
            TermRetired: It is no longer in use.
        """
        return self._remember(replace(self._in_use(key), name_zh=name_zh, name_en=name_en))

    def retire(self, key: TermKey, /, *, now: datetime) -> Term:
        """Take a term out of use.

        Raises:
            TermUnknown: There is none.
            TermRetired: It was retired before.
        """
        return self._remember(replace(self._in_use(key), retired_at=now))

    def refuse_unusable(self, kind: TermKind, codes: Iterable[str], /, *, held: Container[str] = ()) -> None:
        """Let a member have terms.

        Args:
            kind: Of all of them.
            codes: Of the terms.
            held: Those that the member has already; they may stay although they were retired.

        Raises:
            TermUnknown: There is none of a code.
            TermRetired: One is no longer in use.
        """
        for code in codes:
            if code not in held:
                self._in_use((kind, code), field=FIELDS[kind])

    def _in_use(self, key: TermKey, *, field: str = "code") -> Term:
        term = self._terms.get(key)
        if term is None:
            raise TermUnknown(field=field, code=key[1])
        if term.retired_at is not None:
            raise TermRetired(field=field, code=key[1])
        return term

    def _remember(self, term: Term) -> Term:
        self._terms[term.key] = term
        return term
