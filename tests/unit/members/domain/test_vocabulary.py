from typing import Any

import pytest

from services.members.domain.faults import TermExists, TermRetired, TermUnknown
from services.members.domain.vocabulary import Term, TermKind, Vocabulary
from tests.unit.members.domain.records import JUNE, MARCH


def term(code: str = "first-aid", **others: Any) -> Term:
    return Term(code=code, **{"kind": TermKind.SKILL, "name_zh": "急救", "name_en": "First aid", **others})


class TestTheVocabulary:
    def test_has_a_code_once_in_its_kind(self) -> None:
        vocabulary = Vocabulary(terms=[term(retired_at=MARCH)])
        vocabulary.add(term(kind=TermKind.SERVICE_TYPE))
        with pytest.raises(TermExists):
            vocabulary.add(term())

    def test_calls_a_term_otherwise_and_retires_it_once(self) -> None:
        vocabulary = Vocabulary(terms=[term()])
        assert vocabulary.rename(term().key, name_zh="救护", name_en="Aid").name_zh == "救护"
        assert vocabulary.retire(term().key, now=JUNE) == term(name_zh="救护", name_en="Aid", retired_at=JUNE)
        with pytest.raises(TermRetired):
            vocabulary.retire(term().key, now=JUNE)
        with pytest.raises(TermRetired):
            vocabulary.rename(term().key, name_zh="x", name_en="x")
        with pytest.raises(TermUnknown):
            vocabulary.retire((TermKind.SKILL, "cooking"), now=JUNE)

    def test_gives_nobody_a_retired_term_and_takes_it_from_nobody(self) -> None:
        vocabulary = Vocabulary(terms=[term(), term("old", retired_at=MARCH)])
        vocabulary.refuse_unusable(TermKind.SKILL, ["first-aid", "old"], held=["old"])
        with pytest.raises(TermRetired) as retired:
            vocabulary.refuse_unusable(TermKind.SKILL, ["first-aid", "old"])
        with pytest.raises(TermUnknown) as unknown:
            vocabulary.refuse_unusable(TermKind.SERVICE_TYPE, ["first-aid"])
        assert (retired.value.field, unknown.value.field) == ("skills", "service_types")
