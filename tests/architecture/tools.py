"""The project's folder, its tracked files, and the tools installed beside this interpreter."""

import os
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOL_SECONDS_MAX = 100.0


def run_tool(name: str, *arguments: str, folder: Path = ROOT) -> tuple[int, str]:
    """Run an installed tool, in an activated environment or not; its exit code and what it said."""
    done = subprocess.run(
        [str(Path(sysconfig.get_path("scripts"), name)), *arguments],
        cwd=folder,
        # Wide, so that no line is broken in the middle of what a test looks for.
        env={
            **os.environ,
            "COLUMNS": "300",
            "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT / "proto" / "gen"))),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TOOL_SECONDS_MAX,
        check=False,
    )
    return done.returncode, done.stdout


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file of the project that git knows, relative to its folder; new ones that are not ignored too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = {Path(name) for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if (ROOT / path).is_file()))
