import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.tools import ROOT, run_tool

PROTO = ROOT / "proto"


def modules(folder: Path) -> dict[str, bytes]:
    """The generated modules below a folder, by their path in it."""
    found = (path for pattern in ("*.py", "*.pyi") for path in folder.rglob(pattern))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


class TestContract:
    def test_is_as_buf_wants_it(self) -> None:
        code, printed = run_tool("buf", "lint", "proto")
        assert code == 0, printed

    def test_breaks_the_lint_when_a_comment_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "buf.yaml").write_bytes((PROTO / "buf.yaml").read_bytes())
        shutil.copytree(PROTO / "vendor", tmp_path / "vendor")
        (tmp_path / "linli" / "stray" / "v1").mkdir(parents=True)
        stray = 'syntax = "proto3";\npackage linli.stray.v1;\nmessage Silent {}\n'
        (tmp_path / "linli" / "stray" / "v1" / "stray.proto").write_text(stray, "utf-8")
        code, printed = run_tool("buf", "lint", str(tmp_path))
        assert code != 0
        assert "Silent" in printed


class TestGeneratedModules:
    def test_are_what_the_contract_generates(self, tmp_path: Path) -> None:
        fresh = tmp_path / "gen"
        subprocess.run([sys.executable, str(PROTO / "generate.py"), str(fresh)], check=True)
        committed, generated = modules(PROTO / "gen"), modules(fresh)
        assert generated
        assert committed.keys() == generated.keys()
        stale = [path for path, content in committed.items() if generated[path] != content]
        assert not stale, "run `python proto/generate.py` and commit the result"
