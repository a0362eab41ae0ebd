"""`linli backup` and `linli restore`: a copy of one moment, taken while others write, or nothing at all."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.linli import ROOT, as_json, environment, linli, served
from tests.journeys.test_demo import SMALL
from tests.servers.process import wait_until

SERVICES = ("members", "events", "points")
LINLI = (sys.executable, "-m", "services.console")
BACKUPS = 3
FILE_KIB_MAX = 500
"""Less than any file of the small year."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small year in it, which tests only read."""
    folder = tmp_path_factory.mktemp("year")
    as_json(linli(*SMALL, "--keep", str(folder)))
    return folder


@pytest.fixture(scope="module")
def made(year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the year, which tests only read."""
    backup = tmp_path_factory.mktemp("backups") / "monday"
    as_json(linli("backup", str(backup), "--data-dir", str(year), "--json"))
    return backup


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    """A backup to spoil."""
    return Path(shutil.copytree(made, tmp_path / "backup"))


def manifest_of(backup: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((backup / "manifest.json").read_text())
    return found


def heads_of(backup: Path) -> dict[str, int]:
    return {name: kept["head_position"] for name, kept in manifest_of(backup)["services"].items()}


def refused(*arguments: str, says: str) -> None:
    """Run a command that is refused in one line."""
    done = linli(*arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def run_sql(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.slow
class TestWhileOthersWrite:
    def test_is_of_one_moment_and_restores_to_what_verifies(self, tmp_path: Path) -> None:
        folder, backups = tmp_path / "district", [tmp_path / f"backup-{n}" for n in range(BACKUPS)]
        demo = subprocess.Popen(
            [*LINLI, *SMALL, "--keep", str(folder)],
            env=environment(),
            cwd=ROOT / "tests",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert wait_until((folder / "server.json").exists, seconds_max=30)
            while_it_ran = 0
            for each in backups:
                found = as_json(linli("backup", str(each), "--data-dir", str(folder), "--json"))
                assert found["verified"], found
                while_it_ran += demo.poll() is None
        finally:
            assert demo.wait(timeout=110) == 0
        assert while_it_ran

        heads = [heads_of(each) for each in backups]
        for each, ends in zip(backups, heads, strict=True):
            for kept in manifest_of(each)["services"].values():
                assert all(position <= ends[log] for log, position in kept["cursors"].items())
        assert any(ends["events"] > 0 for ends in heads)
        assert [ends["events"] for ends in heads] == sorted(ends["events"] for ends in heads)

        again = tmp_path / "again"
        assert as_json(linli("restore", str(backups[0]), "--data-dir", str(again), "--json"))["verified"]
        with served(again):
            status = as_json(linli("status", "--json", "--data-dir", str(again)))
            assert as_json(linli("verify", "--json", "--data-dir", str(again)))["verified"]
        for service in ("members", "events"):
            assert status[service]["head_position"] == heads[0][service]
            assert status[service]["log_id"] == manifest_of(backups[0])["services"][service]["log_id"]
        # What the backup had not got to yet is written on, as by any installation.
        assert linli(*SMALL, "--keep", str(again)).returncode == 0


class TestBackup:
    def test_is_for_its_owner_only_and_holds_the_key(self, made: Path) -> None:
        names = sorted(path.name for path in made.iterdir())
        assert names == [
            "events.sqlite",
            "manifest.json",
            "members.sqlite",
            "points.sqlite",
            "request.key",
        ]
        assert made.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o600}

    def test_never_takes_the_place_of_another(self, year: Path, backup: Path) -> None:
        before = manifest_of(backup)
        refused("backup", str(backup), "--data-dir", str(year), says="another name")
        assert manifest_of(backup) == before

    def test_of_nothing_is_refused(self, tmp_path: Path) -> None:
        refused("backup", str(tmp_path / "b"), "--data-dir", str(tmp_path), says="nothing to back up")
        assert list(tmp_path.iterdir()) == []

    def test_of_postgresql_is_refused(self, year: Path, tmp_path: Path) -> None:
        away = {"LINLI_POINTS_DATABASE_URL": "postgresql://linli@127.0.0.1:1/linli"}
        done = linli("backup", str(tmp_path / "b"), "--data-dir", str(year), extra=away)
        assert done.returncode == 1
        assert "pg_dump" in done.stderr

    def test_that_is_killed_leaves_nothing_that_looks_like_one(self, year: Path, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [*LINLI, "backup", str(tmp_path / "b"), "--data-dir", str(year)],
            env=environment(),
            cwd=ROOT / "tests",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert wait_until(lambda: any(tmp_path.glob(".b.*.unfinished/*.sqlite")), seconds_max=30)
        finally:
            process.kill()
            process.wait(timeout=30)
        assert process.returncode < 0
        (left,) = tmp_path.iterdir()
        refused("restore", str(left), "--data-dir", str(tmp_path / "r"), says="is no backup")
        assert as_json(linli("backup", str(tmp_path / "b"), "--data-dir", str(year), "--json"))["verified"]

    def test_without_room_leaves_nothing(self, year: Path, tmp_path: Path) -> None:
        done = limited("backup", str(tmp_path / "b"), "--data-dir", str(year))
        assert done.returncode == 1
        assert "Is there room?" in done.stderr
        assert done.stderr.count("\n") == 1
        assert list(tmp_path.iterdir()) == []

    def test_of_data_that_do_not_agree_is_kept_under_another_name(self, year: Path, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(year, tmp_path / "district"))
        run_sql(folder / "points.sqlite", "DELETE FROM received_facts WHERE position = 7")
        done = linli("backup", str(tmp_path / "b"), "--data-dir", str(folder), "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["verified"] is False
        assert not (tmp_path / "b").exists()
        assert (tmp_path / "b.unverified" / "manifest.json").exists()

    def test_of_a_damaged_file_says_so(self, year: Path, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(year, tmp_path / "district"))
        spoil(folder / "events.sqlite", at=200_000, length=100_000)
        done = linli("backup", str(tmp_path / "b"), "--data-dir", str(folder))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "b").exists()

    def test_finds_files_that_are_not_of_one_moment(self, year: Path, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(year, tmp_path / "district"))
        run_sql(folder / "events.sqlite", "DELETE FROM facts WHERE position > 100")
        done = linli("backup", str(tmp_path / "b"), "--data-dir", str(folder), "--json")
        assert done.returncode == 1
        assert "the log events ends at 100, but was kept to" in done.stdout

    def test_of_an_older_version_is_refused(self, year: Path, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(year, tmp_path / "district"))
        make_older(folder)
        refused("backup", str(tmp_path / "b"), "--data-dir", str(folder), says="older version")
        assert not (tmp_path / "b").exists()


class TestRestore:
    def test_migrates_what_an_older_version_backed_up(self, backup: Path, tmp_path: Path) -> None:
        make_older(backup)
        manifest = manifest_of(backup)
        manifest["services"]["points"]["revisions"]["points"] = "0001"
        for file in manifest["files"]:
            content = (backup / file["name"]).read_bytes()
            file |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        (backup / "manifest.json").write_text(json.dumps(manifest))

        restored = linli("restore", str(backup), "--data-dir", str(tmp_path / "r"), "--json")
        assert as_json(restored)["verified"]
        foreseen = as_json(linli("migrate", "--dry-run", "--data-dir", str(tmp_path / "r"), "--json"))
        assert not any(foreseen["services"].values())

    def test_gives_the_same_files_and_the_key(self, made: Path, tmp_path: Path) -> None:
        folder = tmp_path / "district"
        folder.mkdir()
        assert linli("restore", str(made), "--data-dir", str(folder)).returncode == 0
        for name in (*(f"{service}.sqlite" for service in SERVICES), "request.key"):
            assert (folder / name).read_bytes() == (made / name).read_bytes()
        refused("restore", str(made), "--data-dir", str(folder), says="is not empty")

    def test_into_a_folder_that_is_served_is_refused(self, made: Path, tmp_path: Path) -> None:
        with served(tmp_path):
            refused("restore", str(made), "--data-dir", str(tmp_path), says="is not empty")

    def test_of_a_folder_that_is_no_backup_is_refused(self, year: Path, tmp_path: Path) -> None:
        refused("restore", str(year), "--data-dir", str(tmp_path / "r"), says="is no backup")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("text", ["", "[]", '{"format": 1}', '{"format": "x"}'])
    def test_of_a_foreign_manifest_is_refused(self, backup: Path, tmp_path: Path, text: str) -> None:
        (backup / "manifest.json").write_text(text)
        refused("restore", str(backup), "--data-dir", str(tmp_path / "r"), says="damaged or foreign")
        assert not (tmp_path / "r").exists()

    def test_of_a_changed_byte_is_refused(self, backup: Path, tmp_path: Path) -> None:
        spoil(backup / "members.sqlite", at=5_000, length=1)
        refused("restore", str(backup), "--data-dir", str(tmp_path / "r"), says="was changed or is damaged")
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]

    def test_of_a_cut_file_is_refused(self, backup: Path, tmp_path: Path) -> None:
        with (backup / "members.sqlite").open("r+b") as file:
            file.truncate(4_096)
        refused("restore", str(backup), "--data-dir", str(tmp_path / "r"), says="not whole")

    def test_of_a_lost_file_is_refused(self, backup: Path, tmp_path: Path) -> None:
        (backup / "points.sqlite").unlink()
        refused("restore", str(backup), "--data-dir", str(tmp_path / "r"), says="cannot be read")

    def test_of_a_newer_version_is_refused(self, backup: Path, tmp_path: Path) -> None:
        manifest = manifest_of(backup)
        manifest["services"]["points"]["revisions"]["points"] = "9999"
        manifest["version"] = "9.0.0"
        (backup / "manifest.json").write_text(json.dumps(manifest))
        refused("restore", str(backup), "--data-dir", str(tmp_path / "r"), says="Linli 9.0.0, which is newer")
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]

    def test_without_room_leaves_nothing(self, backup: Path, tmp_path: Path) -> None:
        done = limited("restore", str(backup), "--data-dir", str(tmp_path / "r"))
        assert done.returncode == 1
        assert "Is there room?" in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]


class TestMigrate:
    def test_without_room_is_one_line(self, tmp_path: Path) -> None:
        done = limited("migrate", "--data-dir", str(tmp_path), file_kib_max=60)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "disk" in done.stderr


def make_older(folder: Path) -> None:
    """Take the last migration of points back."""
    for change in ("update", "delete"):
        run_sql(folder / "points.sqlite", f"DROP TRIGGER entries_refuse_{change}")
    run_sql(folder / "points.sqlite", "UPDATE migrations_points SET version_num = '0001'")


def spoil(file: Path, *, at: int, length: int) -> None:
    """Turn every bit of some bytes around."""
    with file.open("r+b") as opened:
        opened.seek(at)
        bytes_there = opened.read(length)
        opened.seek(at)
        opened.write(bytes(255 - byte for byte in bytes_there))


def limited(*arguments: str, file_kib_max: int = FILE_KIB_MAX) -> subprocess.CompletedProcess[str]:
    """Run a command for which no file may grow beyond a size, as on a disk that is nearly full."""
    return subprocess.run(
        ["bash", "-c", f'ulimit -f {file_kib_max}; exec "$@"', "bash", *LINLI, *arguments],  # noqa: S607 - wherever it is
        env=environment(),
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
