"""Garbage collections that nobody feels.

With all that a toolkit makes at its start, a full collection takes as long as four frames, and a
busy feed had one every few seconds: a key that came meanwhile had to wait for it.
"""

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 20


def collect_seldom() -> None:
    """Leave what there is now out of collections, and hold those less often. Idempotent."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
