"""The settings of a command, and where it finds its server."""

import os
from dataclasses import replace

from services.chassis.setting_sources import Requirement, load_settings
from services.chassis.settings import Settings
from services.console.faults import ServerNotFound
from services.console.folder import read_target

SERVICES = ("events", "members", "points")
"""In the order of their names, as they are shown."""


def load(requirement: Requirement | None = None, **options: object) -> Settings:
    """Read file, environment and the options of the command.

    Args:
        requirement: What the process needs beyond that each setting is well formed.
        options: By the names of the settings; None stands for not given.

    Raises:
        SettingsInvalid: Lists every problem.
    """
    settings = load_settings(
        services=SERVICES, environment=os.environ, options=options, requirement=requirement
    )
    # Stated with the command, one target stands for all services, whatever else is set.
    return replace(settings, targets={}) if options.get("target") else settings


def stated_targets(settings: Settings) -> dict[str, str]:
    """Give the servers that the settings name, by service; one target may stand for all.

    Raises:
        ServerNotFound: They name some services' and not the others'.
    """
    stated = {service: settings.target_of(service) for service in SERVICES}
    targets = {service: target for service, target in stated.items() if target}
    if targets and len(targets) < len(SERVICES):
        missing = ", ".join(f"LINLI_{service.upper()}_TARGET" for service in SERVICES if not stated[service])
        raise ServerNotFound(f"The settings name the servers of some services only; set {missing} too.")
    return targets


def find_targets(settings: Settings) -> dict[str, str]:
    """Find the server of each service: where the settings say, else where `serve` wrote that it listens.

    Raises:
        ServerNotFound: Neither says.
    """
    if targets := stated_targets(settings):
        return targets
    target = read_target(settings.data_dir)
    if target is None:
        raise ServerNotFound(
            f"No server listens for the data folder {settings.data_dir}. "
            "Start one with `linli serve`, or say where it is with --target."
        )
    return dict.fromkeys(SERVICES, target)
