"""A whole campaign, from an empty folder to a verdict."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.crash.campaign import Campaign, Death
from tests.crash.process import DAEMON
from tests.crash.rig import Rig
from tests.crash.verdict import Verdict, judge


def campaign(
    home: Path,
    *,
    events: int,
    kills: int,
    seed: int,
    failpoints: Sequence[Death] = (),
    program: tuple[str, ...] = DAEMON,
    drain_seconds: float = 60.0,
    progress: bool = False,
) -> Verdict:
    """Run a campaign on `home` to its verdict."""

    def tell(words: str) -> None:
        if progress:
            sys.stderr.write(f"\r{words} ")
            sys.stderr.flush()

    began = time.monotonic()
    rig = Rig(home, events=events, seed=seed, program=program)
    try:
        deaths = Campaign(rig, kills=kills, seed=seed, failpoints=failpoints, tell=tell).run()
        return judge(rig, deaths, began, drain_seconds)
    finally:
        rig.close()
