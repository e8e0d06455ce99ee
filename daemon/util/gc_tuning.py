"""Makes garbage collection rare, and runs it at fixed times."""

import asyncio
import gc

EVERY = 60.0
"""Seconds between full collections."""


def freeze(young: int) -> None:
    """Exclude all existing objects from garbage collection, and collect less often.

    A collection of the youngest generation begins after `young` more objects. Idempotent.
    """
    gc.freeze()
    gc.set_threshold(young, 20, 20)


def freeze_and_collect_rarely() -> None:
    """Collect once, then `freeze`, as a process does that handles events.

    Nearly all objects of an event are freed with their last reference. Searching them for cycles
    took a tenth of the time of a busy daemon.
    """
    gc.collect()
    freeze(young=20_000)


async def collect_every_minute() -> None:
    """Run a full collection every minute. Each takes some milliseconds. Never returns.

    The count of objects rarely triggers one, but a failed connection is a cycle of a few objects,
    with its exception, that holds a quarter of a megabyte.
    """
    while True:
        await asyncio.sleep(EVERY)
        gc.collect()
