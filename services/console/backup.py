"""`linli backup`: the files of an embedded folder as they were at one moment, while its server goes on."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from services.chassis.installation import Store, look_at_all
from services.chassis.settings import Settings
from services.chassis.sql.faults import SchemaNotMigrated
from services.chassis.sql.migrations import Phase
from services.console.assembly import stores
from services.console.configuration import SERVICES
from services.console.drafts import drafted, settle, unverified
from services.console.faults import BackupRefused
from services.console.folder import SECRET
from services.console.manifest import FORMAT, File, Manifest, describe, look_into
from services.console.moment import copy, flush, pages_of, still_moment
from services.console.steps import Steps
from services.console.verify import Verdict, as_object, show_verdicts
from services.console.verifying import verify_files


def back_up(settings: Settings, *, to: Path, as_json: bool) -> bool:
    """Back a folder up, verify the backup and print what it has. Returns whether everything agrees in it.

    Args:
        settings: Say where the data are.
        to: The folder to make.
        as_json: Print one JSON object and no bars.

    Raises:
        BackupRefused: It cannot be made; then there is none.
        CannotStart: A database cannot be used.
    """
    to = to.absolute()
    sources = _sources(settings)
    _refuse_taken(to)
    asyncio.run(_refuse_other_version(list(sources.values())))
    with Steps(console=Console(stderr=True), quiet=as_json) as steps, _written(to), drafted(to) as draft:
        manifest, held_ms = _copy_all(settings, sources, draft, steps)
        verdicts = asyncio.run(verify_files(settings, draft, time_zone=settings.time_zone, steps=steps))
        agree = not any(verdict.findings for verdict in verdicts)
        made = to if agree else unverified(to)
        settle(draft, made)
    _print(made, manifest, verdicts, held_ms=held_ms, as_json=as_json)
    return agree


def _sources(settings: Settings) -> dict[str, Store]:
    """Give the files to copy, by service.

    Raises:
        BackupRefused: There are none.
    """
    sources = {store.service: store for store in stores(settings, SERVICES)}
    if elsewhere := [service for service, store in sources.items() if not store.is_file]:
        raise BackupRefused(
            f"The data of {', '.join(elsewhere)} are on PostgreSQL; back them up by its own means (pg_dump)."
        )
    if missing := [str(store.file) for store in sources.values() if not store.file.exists()]:
        raise BackupRefused(f"There is nothing to back up: {', '.join(missing)} is not there.")
    return sources


def _refuse_taken(to: Path) -> None:
    for path in (to, unverified(to)):
        if path.exists() or path.is_symlink():
            raise BackupRefused(f"{path} exists; give the backup another name.")
    if not to.parent.is_dir():
        raise BackupRefused(f"The folder {to.parent} is not there; make it first.")


async def _refuse_other_version(wanted: Sequence[Store]) -> None:
    for service, found in (await look_at_all(wanted)).items():
        if any(migration.phase is Phase.PRE for migration in found.pending):
            raise SchemaNotMigrated(
                f"{service}: The data are of an older version; back them up with that, or migrate them first."
            )


def _copy_all(
    settings: Settings, sources: Mapping[str, Store], draft: Path, steps: Steps
) -> tuple[Manifest, float]:
    paths = {service: store.file for service, store in sources.items()}
    with still_moment(paths) as moment:
        taken_at = datetime.now(UTC)
        with steps.step("copy", total=sum(map(pages_of, moment.snapshots.values()))) as advance:
            for service, snapshot in moment.snapshots.items():
                copy(snapshot, draft / f"{service}.sqlite", advance=advance)
        services = {
            service: look_into(snapshot, streams=sources[service].streams)
            for service, snapshot in moment.snapshots.items()
        }
        held_ms = moment.held_ms
    key = settings.data_dir / SECRET
    if key.exists():
        shutil.copyfile(key, draft / SECRET)
        flush(draft / SECRET)
    manifest = Manifest(
        format=FORMAT,
        version=version("linli"),
        taken_at=taken_at.isoformat(),
        time_zone=settings.time_zone.key,
        services=services,
        files=_described(draft, steps),
    )
    manifest.write(draft)
    return manifest, held_ms


def _described(draft: Path, steps: Steps) -> list[File]:
    paths = sorted(draft.iterdir())
    with steps.step("digests", total=sum(path.stat().st_size for path in paths)) as advance:
        return [describe(path, advance=advance) for path in paths]


@contextmanager
def _written(to: Path) -> Generator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BackupRefused(
            f"The backup {to} could not be written ({why}); nothing of it is left. Is there room?"
        ) from error


def _print(
    made: Path, manifest: Manifest, verdicts: Sequence[Verdict], *, held_ms: float, as_json: bool
) -> None:
    size = sum(file.bytes for file in manifest.files)
    if as_json:
        found = {
            "folder": str(made),
            "taken_at": manifest.taken_at,
            "bytes": size,
            "writers_held_ms": round(held_ms, 3),
            "heads": {service: kept.head_position for service, kept in manifest.services.items()},
            **as_object(verdicts),
        }
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = Console()
    show_verdicts(console, verdicts)
    console.print(
        f"Backup {made}: {size:,} bytes as of {manifest.taken_at}; writers waited {held_ms:.1f} ms.",
        markup=False,
    )
    console.print("It holds personal details and the key of requests: keep it as you keep the data.")
