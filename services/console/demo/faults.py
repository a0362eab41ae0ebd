"""Why the demo stops.

Fault
└── DemoStopped
    ├── ScaleOutOfRange         the scale cannot be used
    ├── SeedOutOfRange          the seed cannot be used
    ├── TieAtBandEdge           the generated year has a tie that no rule decides
    ├── OtherDistrict           the data folder holds another district, or a year of another seed or scale
    ├── ItemRefused             the server refused one item of a batch
    ├── SubjectsParked          a consumer could not compute something
    ├── StillCatchingUp         the consumers did not catch up in time
    └── NothingToExplain        the member's account has no entry
"""

from services.chassis.faults import Fault


class DemoStopped(Fault):
    """The demo could not go on."""


class ScaleOutOfRange(DemoStopped):
    """The scale is a number from 0.0001 to 10 with at most four decimal places."""


class SeedOutOfRange(DemoStopped):
    """The seed is a whole number from 0 to 4294967295."""


class TieAtBandEdge(DemoStopped):
    """Two members equal in every key of the tie policy stand across the end of a reward band."""


class OtherDistrict(DemoStopped):
    """This data folder holds another district; take a new folder, or the seed and scale it was made with."""


class ItemRefused(DemoStopped):
    """The server refused an item of the demo."""


class SubjectsParked(DemoStopped):
    """A consumer could not compute everything; `linli status` shows what is parked."""


class StillCatchingUp(DemoStopped):
    """The consumers did not catch up in time; run the demo again over the same folder to go on."""


class NothingToExplain(DemoStopped):
    """The member's account has no entry."""
