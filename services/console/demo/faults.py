"""Why the demo stops.

Fault
└── DemoStopped
    ├── ScaleOutOfRange         the scale cannot be used
    ├── SeedOutOfRange          the seed cannot be used
    ├── TieAtBandEdge           the generated year has a tie that no rule decides
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


class NothingToExplain(DemoStopped):
    """The member's account has no entry."""
