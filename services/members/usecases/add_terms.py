"""Add terms to the vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.faults import TermExists
from services.members.domain.vocabulary import Term
from services.members.storage.vocabulary import insert_terms, read_vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTerm:
    """Add a term."""

    term: Term


async def add_terms(work: Work, commands: Sequence[AddTerm]) -> list[Written | Fault]:
    """Add terms, each decided by itself and in order."""
    vocabulary = await read_vocabulary(work.connection, {command.term.key for command in commands})
    decided = decide_each(commands, lambda command: vocabulary.add(command.term))
    inserted = await insert_terms(work.connection, accepted(decided))

    def settle(term: Term) -> Written:
        if term.key not in inserted:
            raise TermExists(field="code", code=term.code)
        return Written(id=term.id)

    return settle_each(decided, settle)
