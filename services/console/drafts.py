"""A folder that appears under its name only when all of it is there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.console.moment import flush

UNFINISHED: Final = ".unfinished"
UNVERIFIED: Final = ".unverified"
"""Behind the name of a folder whose data do not agree with themselves; for whoever finds out why."""


@contextmanager
def drafted(folder: Path, /) -> Iterator[Path]:
    """Make a folder beside the one that is meant, for its owner only; gone unless `settle` was called.

    A process that is killed leaves it as `.NAME.xxxx.unfinished`.
    """
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=UNFINISHED, dir=folder.parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def settle(draft: Path, folder: Path, /) -> None:
    """Give the draft its name, for good: what is in it is on the disk before.

    Raises:
        OSError: Something else has that name now; an empty folder may have it.
    """
    for path in draft.iterdir():
        flush(path)
    flush(draft)
    draft.rename(folder)
    flush(folder.parent)


def unverified(folder: Path, /) -> Path:
    return folder.with_name(folder.name + UNVERIFIED)
