"""Settings of a server on each kind of database."""

from collections.abc import Mapping

SERVICES = ("members", "events", "points")
KINDS = ("sqlite", "postgresql")


def settings_of(postgres_url: str | None) -> Mapping[str, str]:
    """Say where the services keep their data: in one PostgreSQL database, else in files of their folder."""
    if postgres_url is None:
        return {}
    return {f"LINLI_{service.upper()}_DATABASE_URL": postgres_url for service in SERVICES}
