"""Why a command stops: one line and exit code 1.

Fault
├── CallRefused             the server refused a call, or does not answer
├── BackupRefused           it cannot be begun, or not be brought to its end
│   ├── RestoreRefused      the folder is not empty, or there is no room
│   └── BackupUnusable      it is none, is damaged, or another district's
│       └── BackupNewer     a newer version made it
├── FileRefused             a file of rows cannot be read, or not be written
├── JobNotDone              a job failed, or did not end in time
├── PartStopped             a part of the server ended unexpectedly
├── ServerNotFound          no server is named, and none has written where it listens
└── WritingStopped          a command that writes a year could not go on
    ├── OtherDistrict       the data hold another district, or another year
    ├── ItemRefused         the server refused one item of a batch
    ├── SubjectsParked      a consumer could not compute something
    └── StillCatchingUp     the consumers did not catch up in time

CannotStart
├── FolderInUse             (folder.py) another process serves from the data folder
├── FolderUnusable          (folder.py) it cannot be made or written to
└── ServerDidNotStart       the server of a command that brings its own did not come up
"""

from typing import TYPE_CHECKING

from services.chassis.faults import CannotStart, Fault

if TYPE_CHECKING:  # a command that refuses before it calls needs no protobuf
    from google.rpc.status_pb2 import Status


class CallRefused(Fault):
    """The server refused a call."""

    def __init__(
        self, message: str | None = None, /, *, status: "Status | None" = None, reason: str = ""
    ) -> None:
        """Describe a refusal.

        Args:
            message: What is wrong and what to do.
            status: What the server said, if it did.
            reason: Why it refused, if it said.
        """
        super().__init__(message, reason=reason)
        self.status = status


class BackupRefused(Fault):
    """The backup could not be made."""


class RestoreRefused(BackupRefused):
    """The backup could not be restored there."""


class BackupUnusable(BackupRefused):
    """The backup cannot be used."""


class BackupNewer(BackupUnusable):
    """The backup was made by a newer version of Linli."""


class FileRefused(Fault):
    """The file cannot be read or written."""


class JobNotDone(Fault):
    """A job did not end well."""


class PartStopped(Fault):
    """A part of the server stopped unexpectedly, so all of it did; its log tells why. Start it again."""


class ServerNotFound(Fault):
    """No server was found; start one with `linli serve`, or say where it is with --target."""


class ServerDidNotStart(CannotStart):
    """The server did not start."""


class WritingStopped(Fault):
    """What was to be written could not be."""


class OtherDistrict(WritingStopped):
    """These data hold another district; take a new folder, or what they were made with."""


class ItemRefused(WritingStopped):
    """The server refused an item."""


class SubjectsParked(WritingStopped):
    """A consumer could not compute everything; `linli status` shows what is parked."""


class StillCatchingUp(WritingStopped):
    """The consumers did not catch up in time; run the same again to go on."""
