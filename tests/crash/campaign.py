"""A campaign: a daemon is killed again and again, at random and at failpoints, under load."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

from tests.crash.rig import CrashRig
from tests.crash.triggers import age, kill_sender, make_old, pull, trigger
from tests.crash.verdict import Deaths, Verdict, judge
from tests.harness.daemon import DAEMON, DidNotStart
from tests.harness.failpoints import NAMES

MIGRATIONS = tuple(name for name in NAMES if name.startswith("migrate."))
"""Failpoints that only the first start on a home reaches. Each campaign begins with them."""
LATER = tuple(name for name in NAMES if name not in MIGRATIONS)
ALL = (*LATER, *[None] * (len(LATER) // 2))
"""Every failpoint, and some random moments."""

_REACH_SECONDS = 3.0
"""Within this time after its trigger a failpoint must be reached."""
_TRIES = 3
"""Runs for a failpoint: its trigger may come too late, or find nothing to act on."""
_WITH_SENDER = 0.3
"""Share of the runs to a random moment that go on until a sender process has started."""
_FREQUENT = ("send.", "unit.", "flush.", "retry.")

Death = str | None
"""Where a run ends: at a failpoint, or (None) at a random moment."""
Progress = Callable[[str], None]


def run_campaign(
    home: Path,
    *,
    events: int,
    kills: int,
    seed: int,
    failpoints: Sequence[Death] = (),
    program: tuple[str, ...] = DAEMON,
    drain_seconds: float = 60.0,
    progress: Progress = lambda _: None,
) -> Verdict:
    """Run a campaign on an empty `home` to its verdict."""
    began = time.monotonic()
    rig = CrashRig(home, events=events, seed=seed, program=program)
    try:
        campaign = Campaign(rig, kills=kills, seed=seed, failpoints=failpoints, progress=progress)
        return judge(rig, campaign.run(), began, drain_seconds)
    finally:
        rig.close()


class Campaign:
    """Kills a rig's daemon `kills` times, or more, while the producer sends all of its events.

    `failpoints` are used in random order, each at least once and then again; without any, every
    other run ends at a failpoint chosen at random.
    """

    def __init__(
        self,
        rig: CrashRig,
        *,
        kills: int,
        seed: int,
        failpoints: Sequence[Death],
        progress: Progress,
    ) -> None:
        self._rig = rig
        self._random = random.Random(seed)
        self._progress = progress
        self._plan = self._planned(kills, failpoints)
        self.deaths = Deaths()

    def run(self) -> Deaths:
        """Carry out the plan; the daemon is dead at the end."""
        rig = self._rig
        for name in MIGRATIONS:
            self._run_to(name)
        rig.daemon.start()
        rig.make_webhooks()
        make_old(rig)
        self._kill()
        while self._plan:
            self._die(self._plan.pop())
            left, events = len(self._plan), rig.acknowledged.value
            self._progress(f"{self.deaths.kills} deaths, {left} to come, {events} events")
        return self.deaths

    def _planned(self, kills: int, failpoints: Sequence[Death]) -> list[Death]:
        """Where the runs end, each of `failpoints` at least once."""
        count = max(0, kills - len(MIGRATIONS) - 1)
        if not failpoints:
            choice = self._random.choice
            return [choice((None, choice(LATER))) for _ in range(count)]
        plan = [*islice(cycle(failpoints), max(len(failpoints), count))]
        self._random.shuffle(plan)
        return plan

    def _die(self, death: Death) -> None:
        for _ in range(_TRIES):
            self._rig.allow(self._share())
            if death is None:
                self._run_to_a_random_moment()
                return
            if self._run_to(death):
                return

    def _share(self) -> int:
        """Events of one run, so that they last to the end of the campaign."""
        left = self._rig.events - int(self._rig.allowed.value)
        return max(1, left // (len(self._plan) + 1))

    def _run_to(self, name: str) -> bool:
        """A run that ends at a failpoint; False: it was not reached, and the daemon was killed."""
        rig = self._rig
        if name == "prune.middle" and not age(rig):
            rig.daemon.start()
            make_old(rig)
            self._kill()
            age(rig)
        times = self._random.randint(1, 4) if name.startswith(_FREQUENT) else 1
        rig.daemon.spawn(f"{name}:{times}")
        if rig.daemon.wait_ready():
            pull(rig, trigger(name))
            self.deaths.senders += trigger(name) is kill_sender
        reached = rig.daemon.ended_within(_REACH_SECONDS) and rig.daemon.exit_code == -9
        rig.daemon.kill()
        (self.deaths.at if reached else self.deaths.missed)[name] += 1
        return reached

    def _run_to_a_random_moment(self) -> None:
        """A run that ends while it starts, or some moments after it began to work."""
        rig, chance = self._rig, self._random.random
        rig.daemon.spawn()
        if chance() < 0.25:
            time.sleep(chance() * 0.8)
        elif rig.daemon.wait_ready():
            time.sleep(chance() ** 2 * 0.5)
            if chance() < _WITH_SENDER:
                self._wait_for_sender()
        else:
            raise DidNotStart(rig.daemon.log())
        self._kill()

    def _wait_for_sender(self) -> None:
        """Go on until a sender process has started. In half of the cases it dies first."""
        if not (senders := self._rig.daemon.senders_within(_REACH_SECONDS)):
            return
        time.sleep(self._random.random())  # the process exists before it is ready
        if self._random.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(senders[0], signal.SIGKILL)
            self.deaths.senders += 1
            time.sleep(self._random.random() * 0.2)

    def _kill(self) -> None:
        self._rig.daemon.kill()
        self.deaths.random += 1
