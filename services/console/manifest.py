"""What a backup says of itself, in `manifest.json`: who it is of, how far it goes, and what must be in it."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from services.chassis.sql.faults import SchemaNewer
from services.chassis.sql.migrations import Stream, pending
from services.console.configuration import SERVICES
from services.console.faults import BackupNewer, BackupUnusable
from services.console.folder import SECRET
from services.console.moment import flush

NAME: Final = "manifest.json"
FORMAT: Final = 1
BYTES_PER_READ: Final = 1 << 20
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a backup has of one service."""

    log_id: str
    head_position: int
    """The last fact of its log."""
    cursors: Mapping[str, int]
    """How far it had kept the logs of others."""
    revisions: Mapping[str, str]
    """Its newest migration, by stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    format: int
    version: str
    """Of Linli."""
    taken_at: str
    """The still moment, in UTC."""
    time_zone: str
    services: Mapping[str, Kept]
    files: Sequence[File]

    def write(self, folder: Path, /) -> None:
        path = folder / NAME
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")
        flush(path)

    @classmethod
    def read(cls, folder: Path, /) -> "Manifest":
        """Read the manifest of a backup.

        Raises:
            BackupUnusable: There is none, or it is not one of ours.
            BackupNewer: It is of a format that this version does not know.
        """
        try:
            found: Any = json.loads((folder / NAME).read_text("utf-8"))
            stated = _held(found, "format", int)
            if stated > FORMAT:
                raise BackupNewer(
                    f"{folder} has the format {stated}; restore it with the version that made it."
                )
            if stated < 1:
                raise ValueError(stated)  # noqa: TRY301 - as whatever else is no manifest of ours
            manifest = cls(
                format=stated,
                version=_held(found, "version", str),
                taken_at=_held(found, "taken_at", str),
                time_zone=_held(found, "time_zone", str),
                services={name: _kept(kept) for name, kept in _held(found, "services", dict).items()},
                files=[_file(file) for file in _held(found, "files", list)],
            )
            datetime.fromisoformat(manifest.taken_at)
        except OSError as error:
            raise BackupUnusable(
                f"{folder} is no backup: {NAME} cannot be read ({error.strerror})."
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BackupUnusable(
                f"{folder} is no backup of Linli: its {NAME} is damaged or foreign."
            ) from error
        return manifest

    def check_files(self, folder: Path, /, *, advance: Callable[[int], None]) -> None:
        """Compare the files with what was written down of them.

        Args:
            folder: Of the backup.
            advance: Told how many bytes more were read.

        Raises:
            BackupUnusable: One is missing, cut, changed, or should not be there.
        """
        needed = {f"{service}.sqlite" for service in SERVICES}
        listed = {file.name for file in self.files}
        if set(self.services) != set(SERVICES) or not needed <= listed <= needed | {SECRET}:
            raise BackupUnusable(f"{folder} is no backup of these services; its {NAME} lists others.")
        for file in self.files:
            if (folder / file.name).exists() and not (folder / file.name).is_file():
                raise BackupUnusable(f"{folder / file.name} is no file; take another backup.")
            try:
                found = describe(folder / file.name, advance=advance)
            except OSError as error:
                raise BackupUnusable(f"{folder / file.name} cannot be read: {error.strerror}.") from error
            if found.bytes != file.bytes:
                raise BackupUnusable(
                    f"{folder / file.name} has {found.bytes:,} bytes instead of {file.bytes:,}; "
                    "the backup is not whole, take another one."
                )
            if found.sha256 != file.sha256:
                raise BackupUnusable(f"{folder / file.name} was changed or is damaged; take another backup.")

    def refuse_newer(self, streams: Mapping[str, Sequence[Stream]]) -> None:
        """Refuse what a newer version has migrated.

        Args:
            streams: By service, as this version knows them.

        Raises:
            BackupNewer: It has a migration that this version does not know.
        """
        for service, kept in self.services.items():
            for stream in streams[service]:
                try:
                    pending(stream, kept.revisions.get(stream.name, ""), service=service)
                except SchemaNewer as error:
                    raise BackupNewer(
                        f"The backup was made by Linli {self.version}, which is newer; restore it with that."
                    ) from error


def _held(found: Any, name: str, kind: type[Held], /) -> Held:
    """Take what a manifest holds under a name, if it is of the right kind; anybody may have written it."""
    held = found[name]
    if type(held) is not kind:
        raise TypeError(name)
    return held


def _kept(found: Any, /) -> Kept:
    return Kept(
        log_id=_held(found, "log_id", str),
        head_position=_held(found, "head_position", int),
        cursors={log: _held(found["cursors"], log, int) for log in _held(found, "cursors", dict)},
        revisions={
            stream: _held(found["revisions"], stream, str) for stream in _held(found, "revisions", dict)
        },
    )


def _file(found: Any, /) -> File:
    return File(
        name=_held(found, "name", str),
        bytes=_held(found, "bytes", int),
        sha256=_held(found, "sha256", str),
    )


def describe(path: Path, /, *, advance: Callable[[int], None]) -> File:
    """Measure a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BYTES_PER_READ):
            digest.update(block)
            size += len(block)
            advance(len(block))
    return File(name=path.name, bytes=size, sha256=digest.hexdigest())


def look_into(snapshot: sqlite3.Connection, *, streams: Sequence[Stream]) -> Kept:
    """Read how far a service was, from a snapshot of its file."""
    head = snapshot.execute("SELECT coalesce(max(position), 0) FROM facts").fetchone()[0]
    revisions = {
        stream.name: snapshot.execute(f"SELECT version_num FROM {stream.version_table}").fetchone()[0]  # noqa: S608 - named by the code
        for stream in streams
    }
    return Kept(
        log_id=snapshot.execute("SELECT log_id FROM installation").fetchone()[0],
        head_position=head,
        cursors=dict(snapshot.execute("SELECT log, position FROM cursors").fetchall()),
        revisions=revisions,
    )
