import re
import shutil
from pathlib import Path

import pytest

from tests.architecture.tools import ROOT, run_tool

STRAYS = {  # what: module, its line, the contract it breaks
    "a module that is no room": ("members/utils.py", "", "Doors open inward"),
    "a package that is no service": ("shared/__init__.py", "", "Services know nothing"),
    "a service that imports another": (
        "members/usecases/enrol.py",
        "import services.events",
        "Services know nothing",
    ),
    "a chassis that imports a service": ("chassis/ids.py", "import services.points", "Services know nothing"),
    "a chassis that speaks a service's contract": (
        "chassis/ids.py",
        "import linli.members.v1.member_pb2",
        "The chassis speaks",
    ),
    "a domain that imports a library": ("points/domain/stray.py", "import sqlalchemy", "The domain is plain"),
    "a domain that imports the chassis": (
        "points/domain/stray.py",
        "import services.chassis.ids",
        "The domain is plain",
    ),
    "a domain that imports the contract": (
        "points/domain/stray.py",
        "import linli.points.v1.ledger_pb2",
        "The domain is plain",
    ),
    "a room that imports outward": (
        "points/storage/stray.py",
        "import services.points.api",
        "Doors open inward",
    ),
    "a doorway that imports another": (
        "points/jobs/stray.py",
        "import services.points.api",
        "Doors open inward",
    ),
    "a command that imports a service": (
        "console/stray.py",
        "import services.members.bootstrap",
        "The console is",
    ),
    "a demo that reaches a service through another module": (
        "console/demo/stray.py",
        "import services.console.serve",
        "Demo and replay drive",
    ),
    "a replay that reaches a service through another module": (
        "console/replay/stray.py",
        "import services.console.serve",
        "Demo and replay drive",
    ),
}


class TestImports:
    def test_keep_the_contracts(self) -> None:
        code, printed = run_tool("lint-imports", "--no-cache")
        assert code == 0, printed


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the project, with a line in it that the contracts allow."""
    for name in (".importlinter", "tests/architecture/only_contract.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "services", tmp_path / "services")
    add(tmp_path, "members/usecases/enrol.py", "import services.members.domain")
    add(
        tmp_path, "points/domain/stray.py", "import datetime, services.chassis.faults, services.points.domain"
    )
    return tmp_path


def add(project: Path, module: str, line: str) -> None:
    """Append a line to a module of the copied project, which need not exist yet."""
    path = project / "services" / module
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


class TestContracts:
    def test_are_kept_by_what_the_domain_may_import(self, copied: Path) -> None:
        code, printed = run_tool("lint-imports", "--no-cache", folder=copied)
        assert code == 0, printed

    @pytest.mark.parametrize("stray", STRAYS)
    def test_are_broken_by(self, copied: Path, stray: str) -> None:
        module, line, contract = STRAYS[stray]
        add(copied, module, line)
        code, printed = run_tool("lint-imports", "--no-cache", folder=copied)
        assert code == 1, printed
        assert re.search(rf"^{contract}.* BROKEN\b", printed, re.MULTILINE), printed
