"""When a busy process looks for garbage: seldom, and not too seldom."""

import asyncio
import gc

EVERY = 60.0
"""Seconds between full collections."""


def collect_seldom() -> None:
    """Leave what was made so far out of garbage collections, and hold those less often.

    Nearly everything on an event's way dies with its last reference. Looking for cycles among it
    took a tenth of the time of a busy daemon.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def collect_now_and_then() -> None:
    """Hold a full collection every minute, for ever; it takes some milliseconds.

    By their count alone they would hardly ever come, and a connection that failed is a cycle of a
    few objects, with its exception, that holds a quarter of a megabyte.
    """
    while True:
        await asyncio.sleep(EVERY)
        gc.collect()
