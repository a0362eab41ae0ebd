"""The settings of commands that leave something behind: logs, and files that are nobody else's business."""

import os

from services.chassis.setting_sources import Requirement
from services.chassis.settings import Settings

PRIVATE = 0o077
"""The files hold personal details and keys: nobody else on the machine may read them."""


def load_to_leave(requirement: Requirement | None = None, **options: object) -> Settings:
    """Read settings as `configuration.load` does, and set up logs and the mode of files."""
    from services.chassis.logs import configure_logs
    from services.console.configuration import load

    settings = load(requirement, **options)
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    os.umask(PRIVATE)
    return settings
