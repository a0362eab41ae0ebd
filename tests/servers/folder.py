"""Private folders for servers, and the user who owns them."""

import fcntl
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "linli-servers-"
ABANDONED_AFTER_SECONDS = 60.0
"""A younger folder is left alone even unlocked: its owner may be about to lock it."""


def server_user() -> str:
    """Name the user servers run as; empty: the present one. PostgreSQL refuses to run as root."""
    return "nobody" if os.getuid() == 0 else ""


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only the servers' user may enter, and remove it at the end.

    Its path is short, since a socket's path has at most 107 bytes. What killed owners left is removed too.
    """
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        give(folder)
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def give(folder: Path) -> None:
    """Hand the folder and all in it to the servers' user."""
    if not server_user():
        return
    account = pwd.getpwnam(server_user())
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def remove_abandoned() -> None:
    """Remove the folders that no living process holds locked."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < ABANDONED_AFTER_SECONDS:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:  # another user's, or another process was quicker
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # its owner lives
            continue
        finally:
            os.close(lock)
