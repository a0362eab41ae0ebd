"""The data folder of the embedded default: one process at a time, its secret, and where it listens."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.chassis.faults import CannotStart
from services.chassis.requests import RequestSecret

LOCK = "serve.lock"
SERVER = "server.json"
SECRET = "request.key"  # noqa: S105 - the name of a file
SECRET_BYTES = 32
LEAVING_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.1


class FolderInUse(CannotStart):
    """Another process serves from this data folder; stop it, or choose another with --data-dir."""


class FolderUnusable(CannotStart):
    """The data folder cannot be used."""


def make(folder: Path, /) -> None:
    """Make the folder if it is not there.

    Raises:
        FolderUnusable: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(f"The data folder {folder} cannot be made: {error.strerror}.") from error


@contextmanager
def claimed(folder: Path, /) -> Iterator[None]:
    """Make the folder and keep every other process out of it.

    The system gives the claim back when the process ends, however it ends.

    Raises:
        FolderInUse: Another process has it.
        FolderUnusable: It cannot be made or written to.
    """
    make(folder)
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderUnusable(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    """Take the lock; a server that has just been told to stop may hold it for a moment longer."""
    give_up_at = time.monotonic() + LEAVING_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up_at:
                raise FolderInUse(
                    f"Another process serves from {folder}; stop it, or choose another folder."
                ) from error
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return


def request_secret(folder: Path, /, *, key: bytes | None) -> RequestSecret:
    """Take the key that digests requests from the settings, or make one that stays in the folder.

    Raises:
        FolderUnusable: The key in the folder is damaged, or may not be read.
    """
    if key is None:
        path = folder / SECRET
        try:
            if not path.exists():
                _write(path, secrets.token_hex(SECRET_BYTES), mode=0o600)
            key = bytes.fromhex(path.read_text("ascii").strip())
        except OSError as error:
            raise FolderUnusable(f"{path} cannot be used: {error.strerror}.") from error
        except ValueError:
            key = b""
        if len(key) < SECRET_BYTES:
            raise FolderUnusable(
                f"{path} is damaged; put it back from a backup, or remove it: another is made then, "
                "and requests that are sent again are not compared with what they said before."
            )
    return RequestSecret.of(key)


@contextmanager
def announced(folder: Path, /, *, target: str) -> Iterator[None]:
    """Write where the server listens, for the clients on this machine, as long as it does."""
    path = folder / SERVER
    _write(path, json.dumps({"target": target, "process_id": os.getpid()}) + "\n", mode=0o644)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def read_target(folder: Path, /, *, process_id: int | None = None) -> str | None:
    """Read where a server of this folder listens; None if none has said so.

    Args:
        folder: The data folder.
        process_id: Believe only what this process wrote: a killed one leaves its announcement behind.
    """
    try:
        announcement = json.loads((folder / SERVER).read_text("utf-8"))
        target, announced_by = str(announcement["target"]), announcement["process_id"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return target if process_id in (None, announced_by) else None


def _write(path: Path, content: str, *, mode: int) -> None:
    """Put a file in place as a whole, so that nobody reads half of it."""
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
