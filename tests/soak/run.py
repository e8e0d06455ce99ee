"""A soak from its beginning to its verdict."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.receivers import Receivers
from tests.harness.daemon import DaemonProcess
from tests.harness.receiver import Authority
from tests.soak.growth import Held, grown, held
from tests.soak.load import Load

LEAST_TURNS = 30


@dataclass
class Soaked:
    """What came of it."""

    seconds: float = 0.0
    turns: int = 0
    events: int = 0
    looks: list[Held] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def soak(home: Path, seconds: float, told: Callable[[int, Held], None] | None = None) -> Soaked:
    """Keep a daemon busy for so long, at least `LEAST_TURNS` turns, and see what it holds."""
    soaked, began = Soaked(), time.monotonic()
    daemon = DaemonProcess(home)
    with Receivers(Authority.make(home)) as receivers:
        load = Load(daemon, receivers)
        daemon.start()
        try:
            load.begin()
            while soaked.turns < LEAST_TURNS or time.monotonic() - began < seconds:
                load.turn()
                soaked.turns += 1
                soaked.looks.append(held(daemon))
                if told is not None:
                    told(soaked.turns, soaked.looks[-1])
            soaked.wrong = grown(soaked.looks)
            if not daemon.settled(120):
                soaked.wrong.append("what waits does not come to its end")
            soaked.wrong += _numbers(daemon)
            if daemon.stop() != 0:
                soaked.wrong.append(f"it ended with {daemon.exit_code}")
            if "Traceback" in daemon.log():
                soaked.wrong.append("there is a traceback in its log")
        finally:
            daemon.kill()
    soaked.seconds, soaked.events = time.monotonic() - began, load.sent
    return soaked


def _numbers(daemon: DaemonProcess) -> list[str]:
    """What does not add up: statistics count what was pruned, too."""
    found = daemon.call("GET", "/v1/statistics")
    wrong = []
    if found["total"] != found["successful"] + found["failed"]:
        wrong.append(f"the statistics do not add up: {found}")
    if found["pending"] != 0:
        wrong.append(f"{found['pending']} are still pending")
    return wrong
