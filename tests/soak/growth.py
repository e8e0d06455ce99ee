"""What a process holds, looked at again and again, and whether that has grown."""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

from tests.harness.daemon import DaemonProcess, memory_of

MEGABYTE = 2**20


@dataclass(frozen=True)
class Held:
    """What a daemon holds at one moment."""

    memory: int
    sender: int
    """Memory of the process that helps to send."""
    descriptors: int
    threads: int
    wal: int
    database: int
    waiting: int


_SLACK = Held(8 * MEGABYTE, 8 * MEGABYTE, 40, 4, 8 * MEGABYTE, 4 * MEGABYTE, 2_000)
"""By how much each may be more late in a run than in its middle, beside a twentieth of itself.

Up to 64 connections to receivers come and go; what leaks is more than that before long.
"""


def held(daemon: DaemonProcess) -> Held:
    """What it holds now."""
    process = Path(f"/proc/{daemon.pid}")
    return Held(
        daemon.memory_bytes(),
        sum(map(memory_of, daemon.sender_processes())),
        len(list((process / "fd").iterdir())),
        len(list((process / "task").iterdir())),
        daemon.database.with_name("corgea.db-wal").stat().st_size,
        daemon.database.stat().st_size,
        daemon.queues()["waiting"],
    )


def grown(looks: list[Held]) -> list[str]:
    """What is more in the last third of a run than it was in the third before; once warm."""
    third = len(looks) // 3
    middle, late = (
        [max(column) for column in zip(*map(astuple, part), strict=True)]
        for part in (looks[third : 2 * third], looks[2 * third :])
    )
    return [
        f"{field.name}: {before:,} in the middle, {after:,} at the end"
        for field, before, after, slack in zip(
            fields(Held), middle, late, astuple(_SLACK), strict=True
        )
        if after > before * 1.05 + slack
    ]
