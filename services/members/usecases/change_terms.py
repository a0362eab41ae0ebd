"""Rename and retire terms of the vocabulary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.vocabulary import Term, TermKey, Vocabulary
from services.members.storage.vocabulary import lock_vocabulary, store_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameTerm:
    """Call a term otherwise."""

    key: TermKey
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireTerm:
    """Take a term out of use."""

    key: TermKey


Command = TypeVar("Command", RenameTerm, RetireTerm)


async def rename_terms(work: Work, commands: Sequence[RenameTerm]) -> list[Written | Fault]:
    """Rename terms, each decided by itself and in order."""

    def rename(vocabulary: Vocabulary, command: RenameTerm) -> Term:
        return vocabulary.rename(command.key, name_zh=command.name_zh, name_en=command.name_en)

    return await _change(work, commands, rename)


async def retire_terms(work: Work, commands: Sequence[RetireTerm]) -> list[Written | Fault]:
    """Retire terms, each decided by itself and in order."""

    def retire(vocabulary: Vocabulary, command: RetireTerm) -> Term:
        return vocabulary.retire(command.key, now=work.now)

    return await _change(work, commands, retire)


async def _change(
    work: Work, commands: Sequence[Command], change: Callable[[Vocabulary, Command], Term]
) -> list[Written | Fault]:
    vocabulary = await lock_vocabulary(work.connection, {command.key for command in commands})
    decided = decide_each(commands, lambda command: change(vocabulary, command))
    await store_terms(work.connection, accepted(decided))
    return settle_each(decided, lambda term: Written(id=term.id))
