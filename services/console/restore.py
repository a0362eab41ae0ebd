"""`linli restore`: makes a data folder from a backup, or nothing."""

import asyncio
import json
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console

from services.chassis.installation import set_up
from services.chassis.settings import Settings
from services.chassis.sql.migrations import Phase
from services.console.assembly import stores
from services.console.configuration import SERVICES
from services.console.drafts import drafted, settle, unverified
from services.console.faults import BackupUnusable, RestoreRefused
from services.console.manifest import Manifest
from services.console.moment import flush
from services.console.steps import Steps
from services.console.verify import Verdict, as_object, show_verdicts
from services.console.verifying import verify_files


def restore(settings: Settings, *, backup: Path, as_json: bool) -> bool:
    """Restore a backup into the data folder and verify it. Returns whether everything agrees in it.

    Args:
        settings: `data_dir` is the folder to make.
        backup: The folder of the backup, which is only read.
        as_json: Print one JSON object and no bars.

    Raises:
        RestoreRefused: The folder is not empty, or cannot be written; then nothing was changed.
        BackupUnusable: The backup is none, not whole, or of a newer version; then nothing was written.
    """
    folder = settings.data_dir.absolute()
    _refuse_used(folder)
    manifest = Manifest.read(backup)
    zone = _zone_of(manifest, backup)
    manifest.refuse_newer({store.service: store.streams for store in stores(settings, SERVICES)})
    with Steps(console=Console(stderr=True), quiet=as_json) as steps:
        size = sum(file.bytes for file in manifest.files)
        with steps.step("check the backup", total=size) as advance:
            manifest.check_files(backup, advance=advance)
        with _written(folder), drafted(folder) as draft:
            with steps.step("copy", total=len(manifest.files)) as advance:
                for file in manifest.files:
                    shutil.copyfile(backup / file.name, draft / file.name)
                    flush(draft / file.name)
                    advance(1)
            verdicts = asyncio.run(_bring_up(settings, draft, zone=zone, steps=steps))
            agree = not any(verdict.findings for verdict in verdicts)
            made = folder if agree else unverified(folder)
            settle(draft, made)
    _print(made, manifest, verdicts, as_json=as_json)
    return agree


async def _bring_up(settings: Settings, draft: Path, *, zone: ZoneInfo, steps: Steps) -> list[Verdict]:
    """Migrate what an older version backed up, as its server would at its next start, and verify."""
    there = replace(settings, data_dir=draft, database_urls={}, time_zone=zone)
    await set_up(stores(there, SERVICES), phase=Phase.ALL)
    return await verify_files(there, draft, time_zone=zone, steps=steps)


def _refuse_used(folder: Path) -> None:
    for path in (folder, unverified(folder)):
        if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
            raise RestoreRefused(f"{path} is not empty; restore into a folder that does not exist yet.")
    if os.path.ismount(folder):
        raise RestoreRefused(f"{folder} is where something is mounted; restore into a folder in it.")
    if not folder.parent.is_dir():
        raise RestoreRefused(f"The folder {folder.parent} is not there; make it first.")


def _zone_of(manifest: Manifest, backup: Path) -> ZoneInfo:
    try:
        return ZoneInfo(manifest.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BackupUnusable(f"{backup} is of the time zone {manifest.time_zone}, which is none.") from error


@contextmanager
def _written(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise RestoreRefused(
            f"{folder} could not be written ({error.strerror}); nothing of it is left. Is there room?"
        ) from error


def _print(made: Path, manifest: Manifest, verdicts: Sequence[Verdict], *, as_json: bool) -> None:
    if as_json:
        found = {"folder": str(made), "taken_at": manifest.taken_at, **as_object(verdicts)}
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = Console()
    show_verdicts(console, verdicts)
    console.print(f"Restored to {made}, as of {manifest.taken_at}.", markup=False)
    console.print("Whoever had read facts that are later than that is told LOG_DIVERGED, and rejoins.")
