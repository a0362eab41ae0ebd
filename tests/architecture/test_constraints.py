import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tools import ROOT

PYTHONS = ("3.11.0", "3.11.9", "3.12.3", "3.13.1")
"""Some libraries need others only on some of the Pythons we run on."""


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def needed(python: str) -> Iterator[str]:
    """Every package that an install with tests brings on this Python, as far as it is installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    short = python.rpartition(".")[0]
    environment: dict[str, Any] = {
        **default_environment(),
        "python_full_version": python,
        "python_version": short,
    }
    waiting = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    seen: set[str] = set()
    while waiting:
        line = waiting.pop()
        if line in seen:
            continue
        seen.add(line)
        requirement = Requirement(line)
        yield canonicalize_name(requirement.name)
        for child in map(Requirement, installed_requirements(requirement.name)):
            extras = {"", *requirement.extras}
            if child.marker is None or any(
                child.marker.evaluate({**environment, "extra": e}) for e in extras
            ):
                child.marker = None
                waiting.append(str(child))


def installed_requirements(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # needed on another Python only
        return []


class TestConstraints:
    def test_are_a_name_and_a_version_each(self) -> None:
        lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
        assert lines == sorted(set(lines), key=lambda line: line.split("=="))

    @pytest.mark.parametrize("python", PYTHONS)
    def test_pin_every_package_that_is_needed(self, python: str) -> None:
        assert set(needed(python)) - pinned().keys() == set(), "add them to constraints.txt"

    def test_pin_nothing_else(self) -> None:
        assert pinned().keys() - {name for python in PYTHONS for name in needed(python)} == set()
