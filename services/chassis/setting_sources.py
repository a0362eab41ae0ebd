"""Collects the settings from where they are stated and reports all that is wrong with them at once."""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.chassis import setting_values as values
from services.chassis.setting_values import Unfit, is_loopback
from services.chassis.settings import LogFormat, LogLevel, Problem, Settings, SettingsInvalid
from services.chassis.texts import Language

FILE_NAME: Final = "linli.toml"
PREFIX: Final = "LINLI_"

READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "data_dir": values.folder,
    "host": values.host,
    "port": values.number(int, at_least=0, at_most=65535),
    "metrics_port": values.number(int, at_least=0, at_most=65535),
    "trust_network": values.switch,
    "time_zone": values.time_zone,
    "language": values.choice(Language),
    "redis_url": values.url("redis", "rediss", "unix"),
    "reflection": values.switch,
    "message_bytes_max": values.number(int, at_least=64 * 1024, at_most=64 * 1024 * 1024),
    "calls_max": values.number(int, at_least=1, at_most=100_000),
    "call_seconds_max": values.number(float, at_least=0.1, at_most=3600.0),
    "streams_max": values.number(int, at_least=1, at_most=10_000),
    "drain_seconds": values.number(float, at_least=0.0, at_most=600.0),
    "log_format": values.choice(LogFormat),
    "log_level": values.choice(LogLevel),
    "request_key": values.secret,
    "target": values.target,
}
PER_SERVICE: Final[Mapping[str, Callable[[str], str]]] = {
    "database_url": values.url("postgresql", "sqlite"),
    "target": values.target,
}
"""What each service has for itself; in `Settings` the name in the plural, a mapping."""


Requirement = Callable[[Settings], Iterator[tuple[str, Unfit]]]
"""Finds settings, by key, that do not fit what a process is to do."""


def variable(key: str, /) -> str:
    """Name the variable of the environment that states a setting."""
    return PREFIX + key.replace(".", "_").upper()


def load_settings(
    *,
    services: Sequence[str],
    environment: Mapping[str, str],
    file: Path | None = None,
    options: Mapping[str, object] | None = None,
    requirement: Requirement | None = None,
) -> Settings:
    """Read the settings.

    Args:
        services: Names of the services that may have settings of their own.
        environment: The variables of the process; those that do not begin with `LINLI_` are left alone.
        file: A settings file that must exist; default: `linli.toml` here, if there is one.
        options: From the command line, by the names of the settings (`port`, `members.database_url`); None
            stands for not given.
        requirement: What the process needs beyond that; its problems are reported with the others.

    Raises:
        SettingsInvalid: Lists every problem; names that are not known are problems too.
    """
    sources = _Sources(services=services)
    sources.add_file(file)
    sources.add_environment(environment)
    for name, value in (options or {}).items():
        if value is not None:
            sources.add(name, str(value), origin=f"--{name.rpartition('.')[2].replace('_', '-')}")
    return sources.settle(requirement)


@dataclass(slots=True, kw_only=True)
class _Sources:
    services: Sequence[str]
    stated: dict[str, tuple[str, str]] = field(default_factory=dict)
    """From `port` or `members.database_url` to the text and where it stands."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, text: str, *, origin: str) -> None:
        if key in READERS or key in self.of_services():
            self.stated[key] = (text, origin)
        else:
            self.unknown(origin, alike=(key, [*READERS, *self.of_services()]))

    def of_services(self) -> Mapping[str, tuple[str, str]]:
        return {f"{service}.{name}": (service, name) for service in self.services for name in PER_SERVICE}

    def unknown(self, origin: str, *, alike: tuple[str, list[str]]) -> None:
        near = difflib.get_close_matches(*alike, n=1)
        remedy = f"Did you mean {near[0]}?" if near else "Remove it."
        self.problems.append(Problem(name=origin, wrong="There is no such setting.", remedy=remedy))

    def add_environment(self, environment: Mapping[str, str]) -> None:
        names = {variable(key): key for key in [*READERS, *self.of_services()]}
        for name, text in sorted(environment.items()):
            if not name.startswith(PREFIX) or not text:
                continue
            if name in names:
                self.add(names[name], text, origin=name)
            else:
                self.unknown(name, alike=(name, list(names)))

    def add_file(self, file: Path | None) -> None:
        path = file or Path(FILE_NAME)
        if file is None and not path.exists():
            return
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            wrong = f"The file cannot be read: {error}."
            self.problems.append(Problem(name=str(path), wrong=wrong, remedy="Write it as TOML, in UTF-8."))
            return
        for key, value in _flattened(content, services=self.services):
            origin = f"{key} in {path.name}"
            if isinstance(value, bool | int | float | str):
                self.add(key, str(value), origin=origin)
            else:
                wrong = "A table or list stands here." if key in READERS else "There is no such table."
                self.problems.append(Problem(name=origin, wrong=wrong, remedy="Give single values."))

    def settle(self, requirement: Requirement | None) -> Settings:
        plain: dict[str, object] = {}
        by_service: dict[str, dict[str, str]] = {f"{name}s": {} for name in PER_SERVICE}
        for key, (text, origin) in self.stated.items():
            try:
                if key in READERS:
                    plain[key] = READERS[key](text)
                else:
                    service, name = self.of_services()[key]
                    by_service[f"{name}s"][service] = PER_SERVICE[name](text)
            except Unfit as unfit:
                self.problems.append(Problem(name=origin, wrong=unfit.wrong, remedy=unfit.remedy))
        settings = Settings(**plain, **by_service)  # type: ignore[arg-type]
        if not is_loopback(settings.host) and not settings.trust_network and "host" in plain:
            self.problems.append(
                Problem(
                    name=self.stated["host"][1],
                    wrong="Callers are believed, so the server must not be reached from other machines.",
                    remedy="Use 127.0.0.1, or set trust_network if the network is private.",
                )
            )
        if settings.metrics_port and settings.metrics_port == settings.port:
            self.problems.append(
                Problem(
                    name=self.stated["metrics_port"][1],
                    wrong="The calls come to this port.",
                    remedy="Choose another port for the metrics.",
                )
            )
        blamed = {problem.name for problem in self.problems}
        for key, lacking in requirement(settings) if requirement else ():
            _, origin = self.stated.get(key, ("", variable(key)))
            if origin not in blamed:
                self.problems.append(Problem(name=origin, wrong=lacking.wrong, remedy=lacking.remedy))
        if self.problems:
            raise SettingsInvalid(self.problems)
        return settings


def _flattened(content: Mapping[str, object], *, services: Sequence[str]) -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        if key in services and isinstance(value, dict):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value
