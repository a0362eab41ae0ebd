"""Tunes the garbage collector of a process that stays."""

import gc
from typing import Final

YOUNG_MAX: Final = 20_000
"""New objects before the collector looks at them; a batch of a thousand rows makes more than Python's 700."""
ROUNDS_MAX: Final = 50
"""Looks at the young before a look at the old, and of those before a look at all."""


def spare_what_stays() -> None:
    """Keep the collector away from what a start has loaded and will never let go.

    Each look at all objects goes through every module and message type: a tenth of a second in the middle of
    a transaction (measured), in which the process answers nobody.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, ROUNDS_MAX, ROUNDS_MAX)
