"""A campaign: a daemon is killed again and again, at random and at failpoints, under load."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice

from daemon.util.failpoints import NAMES
from tests.crash.process import DidNotStart
from tests.crash.rig import Rig
from tests.crash.stimuli import age, cut, make_old, provoke, stimulus

MIGRATIONS = tuple(name for name in NAMES if name.startswith("migrate."))
"""Places that only the first start on a home comes to."""
LATER = tuple(name for name in NAMES if name not in MIGRATIONS)
ALL = (*LATER, *[None] * (len(LATER) // 2))
"""Every failpoint, and some random moments."""

_PATIENCE = 3.0
"""Seconds in which a failpoint must be reached once everything is done that leads to it."""
_TRIES = 3
"""Lives for a failpoint; what leads to it may come too late, or find nothing to do it to."""
_HELPED = 0.3
"""Of the lives that end at a random moment, those that go on until a process helps to send."""
_HOT = ("send.", "unit.", "flush.", "retry.")

Death = str | None
"""What a life ends at: a failpoint, or (None) a random moment."""
Tell = Callable[[str], None]


@dataclass
class Deaths:
    """How a campaign's daemons ended."""

    random: int = 0
    at: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Lives that missed their failpoint; the daemon was killed for it, or had stopped by itself."""

    helpers: int = 0
    """Sender processes that were killed beside."""

    @property
    def kills(self) -> int:
        """Deaths in all."""
        return self.random + self.at.total() + self.missed.total()


class Campaign:
    """Kills a rig's daemon `kills` times, or more, while the producer sends all of its events.

    `failpoints` are gone through in turn, by chance, again and again; without any, every other life
    ends at one of all of them.
    """

    def __init__(
        self,
        rig: Rig,
        *,
        kills: int,
        seed: int,
        failpoints: Sequence[Death] = (),
        tell: Tell = lambda _: None,
    ) -> None:
        self._rig = rig
        self._chance = random.Random(seed)
        self._tell = tell
        self._plan = self._planned(kills, failpoints)
        self.deaths = Deaths()

    def run(self) -> Deaths:
        """All deaths. The daemon is dead at the end."""
        rig = self._rig
        for name in MIGRATIONS:
            self._at(name)
        rig.daemon.start()
        rig.make_webhooks()
        make_old(rig)
        self._die_now()
        while self._plan:
            self._life(self._plan.pop())
            left, events = len(self._plan), rig.acknowledged.value
            self._tell(f"{self.deaths.kills} deaths, {left} to come, {events} events")
        return self.deaths

    def _planned(self, kills: int, failpoints: Sequence[Death]) -> list[Death]:
        """What the lives die of, each of `failpoints` at least once."""
        chance = self._chance
        many = max(0, kills - len(MIGRATIONS) - 1)
        if not failpoints:
            return [chance.choice((None, chance.choice(LATER))) for _ in range(many)]
        plan = [*islice(cycle(failpoints), max(len(failpoints), many))]
        chance.shuffle(plan)
        return plan

    def _life(self, death: Death) -> None:
        for _ in range(_TRIES):
            self._rig.allow(self._share())
            if death is None:
                self._random()
                return
            if self._at(death):
                return

    def _share(self) -> int:
        """Events of one life, so that they last to the end of the campaign."""
        left = self._rig.events - int(self._rig.allowed.value)
        return max(1, left // (len(self._plan) + 1))

    def _at(self, name: str) -> bool:
        """A life that ends at a failpoint; False: it did not get there, and was ended."""
        rig = self._rig
        if name == "prune.middle" and not age(rig):
            rig.daemon.start()
            make_old(rig)
            self._die_now()
            age(rig)
        times = self._chance.randint(1, 4) if name.startswith(_HOT) else 1
        rig.daemon.spawn(f"{name}:{times}")
        if rig.daemon.wait_ready():
            provoke(rig, stimulus(name))
            self.deaths.helpers += stimulus(name) is cut
        reached = rig.daemon.ended_within(_PATIENCE) and rig.daemon.exit_code == -9
        rig.daemon.kill()
        (self.deaths.at if reached else self.deaths.missed)[name] += 1
        return reached

    def _random(self) -> None:
        """A life that ends while it starts, or some moments after it began to work."""
        rig, chance = self._rig, self._chance
        rig.daemon.spawn()
        if chance.random() < 0.25:
            time.sleep(chance.random() * 0.8)
        elif rig.daemon.wait_ready():
            time.sleep(chance.random() ** 2 * 0.5)
            if chance.random() < _HELPED:
                self._helped()
        else:
            raise DidNotStart(rig.daemon.said())
        self._die_now()

    def _helped(self) -> None:
        """Go on until a process helps; then it may die before the daemon."""
        if not (helpers := self._rig.daemon.helped_within(_PATIENCE)):
            return
        time.sleep(self._chance.random())  # it is there before it is ready
        if self._chance.random() < 0.5:  # every other
            with suppress(ProcessLookupError):
                os.kill(helpers[0], signal.SIGKILL)
            self.deaths.helpers += 1
            time.sleep(self._chance.random() * 0.2)

    def _die_now(self) -> None:
        self._rig.daemon.kill()
        self.deaths.random += 1
