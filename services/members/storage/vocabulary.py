"""Reads and writes the vocabulary."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.chassis.sql.derived import write_rows
from services.chassis.sql.paging import cut_out
from services.members.domain.person import Changes, Profile
from services.members.domain.vocabulary import Term, TermKey, TermKind, Vocabulary
from services.members.storage.person_tables import vocabulary_terms


async def read_vocabulary(connection: AsyncConnection, keys: Collection[TermKey]) -> Vocabulary:
    """Read the terms that are named."""
    return Vocabulary(terms=(await read_terms(connection, keys)).values() if keys else ())


async def read_terms(connection: AsyncConnection, keys: Collection[TermKey]) -> dict[TermKey, Term]:
    """Read terms by kind and code; those that do not exist are left out."""
    statement = select(vocabulary_terms).where(is_among(vocabulary_terms.c.code, {code for _, code in keys}))
    terms = [_term(row) for row in await connection.execute(statement)]
    return {term.key: term for term in terms if term.key in keys}


async def lock_vocabulary(connection: AsyncConnection, keys: Collection[TermKey]) -> Vocabulary:
    """Read the terms that are named, and keep others from changing them until the transaction ends."""
    statement = (
        select(vocabulary_terms)
        .where(is_among(vocabulary_terms.c.code, {code for _, code in keys}))
        .order_by(vocabulary_terms.c.kind, vocabulary_terms.c.code)
        .with_for_update()
    )
    return Vocabulary(terms=[_term(row) for row in await connection.execute(statement)])


def terms_named(*stated: Profile | Changes) -> set[TermKey]:
    """Name the terms that somebody is to have."""
    return {
        *((TermKind.SKILL, code) for each in stated for code in each.skills or ()),
        *((TermKind.SERVICE_TYPE, code) for each in stated for code in each.service_types or ()),
    }


async def list_terms(
    connection: AsyncConnection, page: Page, *, kind: TermKind, include_retired: bool
) -> Sequence[Term]:
    """Read terms of a kind in the order of their codes; one more than the page holds."""
    statement = cut_out(select(vocabulary_terms), page, vocabulary_terms.c.code)
    statement = statement.where(vocabulary_terms.c.kind == kind)
    if not include_retired:
        statement = statement.where(vocabulary_terms.c.retired_at.is_(None))
    return [_term(row) for row in await connection.execute(statement)]


async def insert_terms(connection: AsyncConnection, terms: Collection[Term]) -> set[TermKey]:
    """Insert terms; returns the keys of those that were still free."""
    inserted: set[TermKey] = set()
    for kind in TermKind:
        rows = [_row(term) for term in sorted(terms, key=lambda term: term.code) if term.kind is kind]
        codes = await insert_columns(
            connection, vocabulary_terms, rows, conflict="ignore", returning=vocabulary_terms.c.code
        )
        inserted |= {(kind, code) for code in codes}
    return inserted


async def store_terms(connection: AsyncConnection, terms: Collection[Term]) -> None:
    """Store terms as they became, the last of each."""
    await write_rows(connection, vocabulary_terms, {term.key: _row(term) for term in terms}.values())


def _row(term: Term) -> dict[str, Any]:
    return {
        "kind": term.kind,
        "code": term.code,
        "name_zh": term.name_zh,
        "name_en": term.name_en,
        "retired_at": term.retired_at,
    }


def _term(row: Any) -> Term:
    return Term(
        kind=TermKind(row.kind),
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        retired_at=row.retired_at,
    )
