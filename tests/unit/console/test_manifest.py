"""What a manifest says is not believed: anybody may have written it."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from services.console.configuration import SERVICES
from services.console.faults import BackupUnusable
from services.console.manifest import FORMAT, File, Kept, Manifest

KEPT = Kept(log_id="log", head_position=3, cursors={"events": 2}, revisions={"chassis": "0001"})
FILES = [File(name=f"{service}.sqlite", bytes=0, sha256="") for service in SERVICES]
MANIFEST = Manifest(
    format=FORMAT,
    version="1.0.0",
    taken_at="2025-11-25T00:00:00+00:00",
    time_zone="Asia/Shanghai",
    services=dict.fromkeys(SERVICES, KEPT),
    files=FILES,
)
KEPT_OTHERWISE: tuple[dict[str, Any], ...] = (
    {"log_id": 5},
    {"head_position": "3"},
    {"cursors": [2]},
    {"cursors": {"events": "2"}},
    {"revisions": 5},
    {"revisions": {"chassis": [1]}},
)
OTHERWISE: tuple[dict[str, Any], ...] = (
    {"format": float("inf")},
    {"format": 0},
    {"format": True},
    {"version": None},
    {"taken_at": "yesterday"},
    {"time_zone": 5},
    {"services": []},
    {"files": {}},
    {"files": [{"name": [], "bytes": 1, "sha256": ""}]},
    {"files": [{"name": "points.sqlite", "bytes": "many", "sha256": ""}]},
    *({"services": {"points": asdict(KEPT) | kept}} for kept in KEPT_OTHERWISE),
)


class TestAManifest:
    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        MANIFEST.write(tmp_path)
        assert Manifest.read(tmp_path) == MANIFEST

    @pytest.mark.parametrize("change", OTHERWISE)
    def test_that_holds_something_of_another_kind_is_refused(
        self, tmp_path: Path, change: dict[str, Any]
    ) -> None:
        MANIFEST.write(tmp_path)
        file = tmp_path / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        with pytest.raises(BackupUnusable, match="damaged or foreign"):
            Manifest.read(tmp_path)

    def test_that_is_deeper_than_can_be_read_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "manifest.json").write_text("[" * 100_000)
        with pytest.raises(BackupUnusable, match="damaged or foreign"):
            Manifest.read(tmp_path)


class TestItsFiles:
    def test_are_not_waited_for_where_one_is_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / FILES[0].name)
        with pytest.raises(BackupUnusable, match="is no file"):
            MANIFEST.check_files(tmp_path, advance=lambda _: None)
