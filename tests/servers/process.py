"""A server as a child process that can be killed and started again, and never outlives its owner."""

import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Self

from tests.servers.folder import private_folder, server_user

LEASH = Path(__file__).with_name("leash.py")
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.01
LOG_TAIL_LINES = 40


class ServerFailed(Exception):  # noqa: N818 - reads as what happened
    """A server did not do what it was told; the message ends with its log."""


class Server(ABC):
    """One server in one private folder, its data included."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    """Makes it stop in an orderly way."""
    orphan_signal: ClassVar[signal.Signals] = signal.SIGKILL
    """Sent to it when its owner dies."""

    def __init__(self, *, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A server with no data in a folder of its own; both are gone at the end.

        Raises:
            ServerFailed: It cannot be started.
        """
        with private_folder() as folder:
            server = cls(folder=folder)
            server.install()
            server.start()
            try:
                yield server
            finally:
                server.stop()

    @abstractmethod
    def install(self) -> None:
        """Put the binaries and what must exist before the first start into the folder."""

    @abstractmethod
    def command(self) -> list[str]:
        """The server's command line; it stays in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it takes connections."""

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise ServerFailed("the server does not run")
        return self._process.pid

    def start(self) -> None:
        """Start it, unless it runs, and return when it takes connections.

        Raises:
            ServerFailed: It ended, or is not ready in time.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._process = self.spawn(self.command())
        self._wait(self.is_ready, seconds_max=START_SECONDS_MAX, wanted="started")

    def stop(self) -> None:
        """Stop it in an orderly way, if it runs."""
        if self._process is None:
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"not stopped within {STOP_SECONDS_MAX} s{self.log_tail()}") from None
        self._process = None

    def kill(self) -> None:
        """Kill it and its children with signal 9; what it had not yet made durable is lost."""
        if self._process is None:
            return
        # Stopped first: a running parent could start another child between the list and the kill.
        self._process.send_signal(signal.SIGSTOP)
        family = [self._process.pid, *children_of(self._process.pid)]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS_MAX)
        self._process = None
        wait_until(lambda: not any(map(is_running, family)), seconds_max=STOP_SECONDS_MAX)

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a command as the servers' user, on the leash, writing into the log."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*leash(self.orphan_signal, user=server_user()), *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def log_tail(self) -> str:
        """The end of the log, to be put behind a message."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join((f"; the log of {type(self).__name__} ends:", *lines))

    def _wait(self, condition: Callable[[], bool], *, seconds_max: float, wanted: str) -> None:
        process = self._process
        if process is None or not wait_until(
            lambda: process.poll() is not None or condition(), seconds_max=seconds_max
        ):
            self.kill()
            raise ServerFailed(f"not {wanted} within {seconds_max} s{self.log_tail()}")
        if process.poll() is not None:
            self._process = None
            raise ServerFailed(f"ended with {process.returncode} before it {wanted}{self.log_tail()}")


def leash(orphan_signal: signal.Signals, *, user: str = "") -> list[str]:
    """Give what stands before a command whose process is not to outlive this one.

    Args:
        orphan_signal: Sent to it when this process dies.
        user: Whom it runs as; empty: as we are.
    """
    return [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(orphan_signal)), user]


def wheel_folder(package: str) -> Path:
    """Where an installed package lies, without importing it.

    Raises:
        ServerFailed: It is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"{package} is not installed; install this project with its extra `test`")
    return Path(spec.submodule_search_locations[0])


def wait_until(condition: Callable[[], bool], *, seconds_max: float) -> bool:
    """Ask again and again; whether it came true in time."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def is_running(pid: int) -> bool:
    """Whether the process still does anything; a zombie does not."""
    return _stat(pid)[0] not in ("", "Z", "X")


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that live."""
    every = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [child for child in every if _stat(child)[1] == str(pid)]


def _stat(pid: int) -> tuple[str, str]:
    """State and parent of a process; empty when it is gone."""
    try:
        # The name in parentheses may hold anything, so what counts comes after the last one.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    return fields[0], fields[1]
