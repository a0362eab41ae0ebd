"""Comparing a text with any number of others as one parameter, so that the statement is always the same.

`IN` has a parameter for each text: PostgreSQL plans every number of them anew, and SQLAlchemy writes the
statement anew.
"""

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import ARRAY, BindParameter, Boolean, Column, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


def is_among(column: Column[str], texts: Collection[str] | BindParameter[Any], /) -> ColumnElement[bool]:
    """Say whether a column has one of these texts; mind that PostgreSQL takes none with a zero character.

    Args:
        column: Holds texts.
        texts: Themselves, or the parameter of a statement that is written once and given a list of them.
    """
    if isinstance(texts, BindParameter):
        return _IsAmong(column, bindparam(texts.key, type_=_Texts()))
    return _IsAmong(column, bindparam(None, list(texts), type_=_Texts(), unique=True))


class _Texts(TypeDecorator[list[str]]):
    """An array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _IsAmong(FunctionElement[bool]):
    name = "is_among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002 - SQLAlchemy's signature
        """Stand in a condition as it is: for SQLite, `= 1` would be added, and no index be used."""
        return self


@compiles(_IsAmong, "postgresql")
def _as_array(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({texts})"


@compiles(_IsAmong, "sqlite")
def _as_json(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - made of compiled parts
