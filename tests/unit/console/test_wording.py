"""Every text that the command line asks for is there, in both languages, with its placeholders."""

import re

from services.chassis.texts import Language, disagreements, placeholders
from services.console.wording import catalogue
from tests.architecture.tools import ROOT

ASKED = re.compile(r'\bsay\(\s*"([\w.]+)"(?P<values>[^()]*(?:\([^()]*\)[^()]*)*)\)')
NAMED = re.compile(r"(\w+)=")
FILES = sorted((ROOT / "services" / "console").rglob("*.py"))


def test_both_languages_have_the_same_texts() -> None:
    assert list(disagreements(catalogue())) == []


def test_every_text_that_is_asked_for_is_there_with_its_placeholders() -> None:
    texts = catalogue().texts[Language.ENGLISH]
    asked = [found for path in FILES for found in ASKED.finditer(path.read_text("utf-8"))]
    assert asked
    missing = {
        found[1]: sorted(
            placeholders(texts.get(found[1], "{no_such_text}")) - set(NAMED.findall(found["values"]))
        )
        for found in asked
        if "**" not in found["values"]
    }
    assert {key: names for key, names in missing.items() if names} == {}
