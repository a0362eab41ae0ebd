"""Brings files in and out of a served district, as a person does at the command line."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.linli import as_json, linli

HEADING = "编号,姓名,人员类型,单位编码,手机,登记日期"


def lines(*rows: str) -> bytes:
    return ("\r\n".join(rows) + "\r\n").encode()


def volunteers(count: int) -> list[str]:
    """Make rows of people; no two are called the same."""
    return [f"V{number:05},志愿者{number},志愿者,,,2025-01-01" for number in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    folder: Path
    data: Path

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return linli(*arguments, "--data-dir", str(self.data))

    def file(self, content: bytes, name: str = "rows.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def bring(self, kind: str, content: bytes | Path, *options: str) -> dict[str, Any]:
        """Import, whatever the exit code, and give what was printed; it says whether every row is in."""
        file = content if isinstance(content, Path) else self.file(content)
        done = self.command("import", kind, str(file), "--json", *options)
        assert done.returncode in {0, 1}, done.stderr
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (1 if told["refused"] else 0)
        return told

    def export(self, kind: str, name: str, *options: str) -> Path:
        path = self.folder / name
        as_json(self.command("export", kind, str(path), "--json", *options))
        return path


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    """Give how many were created, changed, unchanged and refused."""
    return told["created"], told["changed"], told["unchanged"], told["refused"]
