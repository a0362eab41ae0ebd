"""Every page names commands, options and settings that exist."""

import re
from pathlib import Path

import pytest

from services.chassis.setting_sources import PER_SERVICE, READERS, variable
from services.console.configuration import SERVICES
from tests.architecture.command_line import commands_in, unknown
from tests.architecture.tools import ROOT, tracked_files

PAGES = [path for path in tracked_files() if path.suffix == ".md"]
DEPLOYED = [path for path in tracked_files() if path.parts[0] == "deploy"]
LINK = re.compile(r"\]\((?!\w+:)([^)#]*)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
VARIABLE = re.compile(r"\bLINLI_[A-Z_]*[A-Z]\b")
SETTINGS = {variable(key) for key in READERS} | {
    variable(f"{service}.{key}") for service in SERVICES for key in PER_SERVICE
}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_shows_commands_that_exist(page: Path) -> None:
    shown = list(commands_in((ROOT / page).read_text("utf-8")))
    assert {" ".join(words): unknown(words) for words in shown if unknown(words)} == {}


def test_commands_are_found_in_the_readme() -> None:
    assert len(list(commands_in((ROOT / "README.md").read_text("utf-8")))) > 3


@pytest.mark.parametrize(
    ("words", "missing"),
    [(["statsu"], ["statsu"]), (["serve", "members", "--prot", "1"], ["--prot"]), (["verify", "--json"], [])],
)
def test_what_does_not_exist_is_found(words: list[str], missing: list[str]) -> None:
    assert unknown(words) == missing


@pytest.mark.parametrize("path", sorted({*PAGES, *DEPLOYED}), ids=str)
def test_a_page_or_deployment_names_settings_that_exist(path: Path) -> None:
    named = set(VARIABLE.findall((ROOT / path).read_text("utf-8")))
    assert named - SETTINGS == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    for target, anchor in LINK.findall((ROOT / page).read_text("utf-8")):
        there = ROOT / page.parent / target if target else ROOT / page
        assert there.exists(), target
        assert not anchor or anchor in anchors_of(there), f"{target}#{anchor}"


def anchors_of(page: Path) -> set[str]:
    """Name the headings of a page as links do."""
    headings = HEADING.findall(page.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
