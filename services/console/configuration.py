"""The settings of a command, and where it finds its server."""

import os

from services.chassis.setting_sources import load_settings
from services.chassis.settings import Settings
from services.console.faults import ServerNotFound
from services.console.folder import read_target

SERVICES = ("events", "members", "points")
"""In the order of their names, as they are shown."""


def load(**options: object) -> Settings:
    """Read file, environment and the options of the command.

    Raises:
        SettingsInvalid: Lists every problem.
    """
    return load_settings(services=SERVICES, environment=os.environ, options=options)


def find_server(settings: Settings) -> str:
    """Find the server: where the settings say, else where `serve` wrote that it listens.

    Raises:
        ServerNotFound: Neither says.
    """
    target = settings.target or read_target(settings.data_dir)
    if target is None:
        raise ServerNotFound(
            f"No server listens for the data folder {settings.data_dir}. "
            "Start one with `linli serve`, or say where it is with --target."
        )
    return target
