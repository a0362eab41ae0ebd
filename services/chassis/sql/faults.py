"""Why a process does not start on a database. Each is one line that names the service and never the address.

CannotStart
├── DatabaseUnusable
│   ├── DatabaseUnreachable         nothing answers there, or not in time
│   ├── DatabaseAddressWrong        the address itself cannot be right
│   ├── CredentialsRefused          user, password or rights are not enough
│   ├── DatabaseMissing             the server has no such database
│   ├── DatabaseTooOld              PostgreSQL before 15
│   ├── DatabaseEncodingWrong       another encoding than UTF8
│   ├── DatabaseReadOnly            a standby, or a file that may not be written
│   ├── DatabaseFileWrong           no SQLite database, a damaged one, or a folder that is not there
│   ├── DatabaseFull                no room
│   └── DatabaseRefused             anything else that it refuses
├── SchemaNotMigrated               `linli migrate` has work to do
├── SchemaNewer                     a newer version has migrated the database
├── PhaseOutOfOrder                 the phase before has not been run
└── SeveralProblems                 all of them, a line each
"""

from collections.abc import Sequence

from services.chassis.faults import CannotStart


class DatabaseUnusable(CannotStart):
    """The database cannot be used as it is."""


class DatabaseUnreachable(DatabaseUnusable):
    """Nothing answers there, or not in time."""


class DatabaseAddressWrong(DatabaseUnusable):
    """The address cannot be right."""


class CredentialsRefused(DatabaseUnusable):
    """The server refuses the user, the password, or what this user may do."""


class DatabaseMissing(DatabaseUnusable):
    """The server has no such database."""


class DatabaseTooOld(DatabaseUnusable):
    """The server is too old."""


class DatabaseEncodingWrong(DatabaseUnusable):
    """The database does not keep text as UTF-8."""


class DatabaseReadOnly(DatabaseUnusable):
    """The database can be read only."""


class DatabaseFileWrong(DatabaseUnusable):
    """The file is no database, or cannot be one."""


class DatabaseFull(DatabaseUnusable):
    """There is no room."""


class DatabaseRefused(DatabaseUnusable):
    """The database refuses."""


class SchemaNotMigrated(CannotStart):
    """The database lacks migrations that this version needs."""


class SchemaNewer(CannotStart):
    """The database was migrated by a newer version of Linli."""


class PhaseOutOfOrder(CannotStart):
    """The phase before this one has not been run."""


class SeveralProblems(CannotStart):
    """Several databases cannot be used, or one for several reasons."""

    def __init__(self, problems: Sequence[CannotStart]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def refuse_all(problems: Sequence[CannotStart], /) -> None:
    """Raise what was found, if anything was.

    Raises:
        CannotStart: The only problem, or `SeveralProblems`.
    """
    if problems:
        raise problems[0] if len(problems) == 1 else SeveralProblems(problems)
