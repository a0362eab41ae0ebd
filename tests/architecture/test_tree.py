import re
from pathlib import Path

import pytest

from tests.architecture.tools import ROOT, tracked_files

LINES_MAX = 300
SERVICES = ("members", "events", "points")
ROOMS_ALWAYS = {"api", "consumers", "usecases", "domain", "storage", "bootstrap"}
ROOMS = ROOMS_ALWAYS | {"jobs", "README", "__init__"}
DRAWERS = {"utils", "util", "common", "core", "helpers", "helper", "misc", "shared", "lib"}
FOREIGN = {
    "a package registry's host": re.compile(
        r"[p]ypi\.org|[p]ythonhosted|[i]ndex-url|[d]ocker\.io|[g]hcr\.io|[q]uay\.io"
    ),
    "a path of somebody's machine": re.compile(
        r"(?<![\w.\-/}])/(?:[w]ork|[r]oot|[h]ome|[U]sers)/\w|/[t]mp/w/|/[o]pt/(?:pypi|wheels)"
    ),
}
"""Brackets around a letter keep a pattern from finding itself."""


def python_files(*folders: str) -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py" and path.parts[0] in folders]


class TestTree:
    def test_has_files_that_are_read_in_one_go(self) -> None:
        lengths = {
            path: len((ROOT / path).read_text("utf-8").splitlines())
            for path in python_files("services", "tests")
        }
        long = {str(path): lines for path, lines in lengths.items() if lines > LINES_MAX}
        assert not long, (
            f"over {LINES_MAX} lines a file holds more than one thing; divide it by what it is about"
        )

    def test_has_empty_package_files(self) -> None:
        full = [
            str(path)
            for path in python_files("services")
            if path.name == "__init__.py" and (ROOT / path).stat().st_size
        ]
        assert not full, "an import of one module must not run others; put the code into a module with a name"

    def test_has_no_drawers(self) -> None:
        drawers = [
            str(path) for path in python_files("services", "tests") if DRAWERS & {path.stem, *path.parts[:-1]}
        ]
        assert not drawers, "name a module by what it holds"

    @pytest.mark.parametrize("foreign", FOREIGN)
    def test_names_nothing_of_the_machine_it_was_made_on(self, foreign: str) -> None:
        named = [
            f"{path}:{number}: {line.strip()}"
            for path in tracked_files()
            for number, line in enumerate(
                (ROOT / path).read_text("utf-8", errors="ignore").splitlines(), start=1
            )
            if FOREIGN[foreign].search(line)
        ]
        assert not named, f"{foreign} holds for one machine only"


class TestServicePackage:
    @pytest.mark.parametrize("service", SERVICES)
    def test_has_the_rooms_of_every_service_and_no_other(self, service: str) -> None:
        files = [
            path.relative_to(f"services/{service}")
            for path in tracked_files()
            if path.is_relative_to(f"services/{service}")
        ]
        rooms = {file.parts[0].partition(".")[0] for file in files}
        assert rooms <= ROOMS, "a service has only the rooms that the architecture names"
        assert rooms >= ROOMS_ALWAYS, "who knows one service knows all: the rooms are the same"
