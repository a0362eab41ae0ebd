"""Settings, from `linli.toml`, the environment and the command line; the later wins over the earlier.

A setting `port` is `port` in the file, `LINLI_PORT` in the environment and `--port` on the command line. What
belongs to one service stands in a table of its name (`[members] database_url = ...`) and is
`LINLI_MEMBERS_DATABASE_URL` in the environment. An empty variable counts as not set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.faults import CannotStart
from services.chassis.texts import LANGUAGE, Language

MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
TIME_ZONE: Final = ZoneInfo("Asia/Shanghai")


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One setting that is wrong."""

    name: str
    """As the person wrote it: `LINLI_PORT`, `port in linli.toml`, `--port`."""
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.wrong} {self.remedy}"


class SettingsInvalid(CannotStart):
    """The settings are wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs from one installation to another."""

    data_dir: Path = Path("linli-data")
    """Databases of the embedded default, and what the server writes for its clients."""
    host: str = "127.0.0.1"
    port: int = 50051
    """0: the system chooses."""
    metrics_port: int | None = None
    """Where Prometheus asks, at the same host; None: nowhere; 0: the system chooses."""
    trust_network: bool = False
    """The network is private: listen beyond this machine although callers are believed."""
    time_zone: ZoneInfo = TIME_ZONE
    """Of the district; fixed when an installation is made."""
    language: Language = LANGUAGE
    """Of what the command line says and writes for people."""
    redis_url: str | None = field(default=None, repr=False)
    """Carries the doorbell between processes; without it everything runs in one."""
    reflection: bool = True
    message_bytes_max: int = MESSAGE_BYTES_MAX
    calls_max: int = 1024
    """Calls at once; more are told to come again."""
    call_seconds_max: float = 30.0
    """How long a call may take, also when its caller would wait longer or did not say; a stream that is
    written to the server may be silent for so long."""
    streams_max: int = 128
    """Streams at once, which take no place of `calls_max`."""
    drain_seconds: float = 10.0
    """How long running calls may go on after SIGTERM."""
    log_format: LogFormat = LogFormat.AUTO
    log_level: LogLevel = LogLevel.INFO
    request_key: bytes | None = field(default=None, repr=False)
    """Keys the digests of requests; without it one is made in the data folder."""
    target: str | None = None
    """Where clients find the server that runs all services."""
    database_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By service, where one is set."""
    targets: Mapping[str, str] = field(default_factory=dict)
    """Where each service's own server is, by service, where that is set."""

    def database_url(self, service: str, /) -> str:
        """Give the address of a service's database, by default an SQLite file in the data folder."""
        default = f"sqlite:///{self.data_dir / service}.sqlite"
        return self.database_urls.get(service, default)

    def target_of(self, service: str, /) -> str | None:
        """Say where the server of a service is, as far as the settings do."""
        return self.targets.get(service, self.target)
