"""Between the contract and the domain: the vocabulary. Pure functions that only convert."""

from typing import Final

from linli.members.v1 import vocabulary_pb2

from services.chassis.call import Call
from services.chassis.moments import timestamp
from services.members.domain.personal import cleaned
from services.members.domain.vocabulary import Term, TermKind
from services.members.usecases.add_terms import AddTerm
from services.members.usecases.change_terms import RenameTerm, RetireTerm

_KIND: Final = "TERM_KIND_"


def add_term(request: vocabulary_pb2.AddTermRequest, _call: Call) -> AddTerm:
    return AddTerm(
        term=Term(
            kind=kind_of(request.kind),
            code=request.code,
            name_zh=cleaned(request.name_zh, field="name_zh"),
            name_en=cleaned(request.name_en, field="name_en"),
        )
    )


def rename_term(request: vocabulary_pb2.RenameTermRequest, _call: Call) -> RenameTerm:
    return RenameTerm(
        key=(kind_of(request.kind), request.code),
        name_zh=cleaned(request.name_zh, field="name_zh"),
        name_en=cleaned(request.name_en, field="name_en"),
    )


def retire_term(request: vocabulary_pb2.RetireTermRequest, _call: Call) -> RetireTerm:
    return RetireTerm(key=(kind_of(request.kind), request.code))


def term(record: Term, /) -> vocabulary_pb2.Term:
    return vocabulary_pb2.Term(
        kind=vocabulary_pb2.TermKind.Value(f"{_KIND}{record.kind}"),
        code=record.code,
        name_zh=record.name_zh,
        name_en=record.name_en,
        retired_at=timestamp(record.retired_at),
    )


def kind_of(stated: vocabulary_pb2.TermKind.ValueType, /) -> TermKind:
    return TermKind(vocabulary_pb2.TermKind.Name(stated).removeprefix(_KIND))
