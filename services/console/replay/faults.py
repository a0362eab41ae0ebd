"""Why a replay stops.

Fault
├── RowBroken                     one row cannot be used; it is left out, counted and shown
└── ReplayStopped
    ├── OtherTimeZone             the servers keep a district elsewhere
    └── SourceUnusable            the folder cannot be replayed; nothing was written
        ├── FileUnreadable        a file is not there, cannot be read, or is too large
        ├── NotUtf8               a file is in another encoding
        ├── NotCsv                the quotation marks of a file do not add up
        ├── ColumnMissing         a file lacks a column, or has it twice
        ├── PublishedUnreadable   what the programme published is in another form
        ├── NothingToReplay       no shift is left
        └── TooFewVolunteers      a day needs more people than there are
"""

from services.chassis.faults import Fault


class RowBroken(Fault):
    """This row cannot be used."""


class ReplayStopped(Fault):
    """The year could not be replayed."""


class OtherTimeZone(ReplayStopped):
    """The servers keep a district in another time zone."""


class SourceUnusable(ReplayStopped):
    """The folder cannot be replayed."""


class FileUnreadable(SourceUnusable):
    """A file of the folder cannot be read."""


class NotUtf8(SourceUnusable):
    """A file of the folder is not UTF-8; save it as UTF-8."""


class NotCsv(SourceUnusable):
    """A file of the folder is not CSV."""


class ColumnMissing(SourceUnusable):
    """A file of the folder lacks a column."""


class PublishedUnreadable(SourceUnusable):
    """What the programme published cannot be read; correct the file, or leave it out of the folder."""


class NothingToReplay(SourceUnusable):
    """The folder has no shift that can be used."""


class TooFewVolunteers(SourceUnusable):
    """A day needs more people than there are volunteers with a confirmed date."""
