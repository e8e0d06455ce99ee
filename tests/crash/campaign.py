"""A campaign: a daemon is killed again and again, at random and at failpoints, under load."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from daemon.failpoints import NAMES
from tests.crash.process import DidNotStart
from tests.crash.rig import Rig
from tests.crash.stimuli import age, make_old, provoke, stimulus

MIGRATIONS = tuple(name for name in NAMES if name.startswith("migrate."))
"""Places that only the first start on a home comes to."""
LATER = tuple(name for name in NAMES if name not in MIGRATIONS)

_LONGEST_LIFE = 6.0
"""Seconds in which a failpoint must be reached once the daemon listens."""
_HOT = ("send.", "unit.", "flush.", "retry.")

Tell = Callable[[str], None]


@dataclass
class Deaths:
    """How a campaign's daemons ended."""

    random: int = 0
    at: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Failpoints that were not reached; the daemon was killed for it, or had stopped by itself."""

    @property
    def kills(self) -> int:
        """Deaths in all."""
        return self.random + self.at.total() + self.missed.total()


class Campaign:
    """Kills a rig's daemon `kills` times while the producer sends all of its events.

    `failpoints`: "all" for each in turn and some random moments, "random" for half and half, or the
    name of one that every life ends at.
    """

    def __init__(
        self, rig: Rig, *, kills: int, seed: int, failpoints: str, tell: Tell = lambda _: None
    ) -> None:
        self._rig = rig
        self._kills = kills
        self._chance = random.Random(seed)
        self._tell = tell
        self._plan = self._planned(failpoints)
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
        while self.deaths.kills < self._kills:
            self._life()
            self._tell(f"{self.deaths.kills}/{self._kills} deaths, {rig.acknowledged.value} events")
        return self.deaths

    def _planned(self, failpoints: str) -> list[str | None]:
        """What the lives die of, from the end; None: at a random moment."""
        many = max(0, self._kills - len(MIGRATIONS) - 1)
        if failpoints in NAMES:
            return [failpoints] * many
        if failpoints == "random":
            return [self._chance.choice((None, self._chance.choice(LATER))) for _ in range(many)]
        rounds = [*LATER] * (many // len(LATER) + 1)
        plan: list[str | None] = [*rounds[: max(len(LATER), many * 2 // 3)]]
        plan += [None] * (many - len(plan))
        self._chance.shuffle(plan)
        return plan

    def _life(self) -> None:
        name = self._plan.pop() if self._plan else None
        self._rig.allow(self._share())
        if name is None:
            self._random()
        else:
            self._at(name)

    def _share(self) -> int:
        """Events of one life, so that they last to the end of the campaign."""
        left = self._rig.events - int(self._rig.allowed.value)
        return max(1, left // max(1, self._kills - self.deaths.kills))

    def _at(self, name: str) -> None:
        """A life that ends at a failpoint, or is ended when it does not get there."""
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
        reached = rig.daemon.ended_within(_LONGEST_LIFE) and rig.daemon.exit_code == -9
        rig.daemon.kill()
        (self.deaths.at if reached else self.deaths.missed)[name] += 1

    def _random(self) -> None:
        """A life that ends while it starts, or some moments after it began to work."""
        rig, chance = self._rig, self._chance
        rig.daemon.spawn()
        if chance.random() < 0.25:
            time.sleep(chance.random() * 0.8)
        elif rig.daemon.wait_ready():
            time.sleep(chance.random() ** 2 * 0.5)
        else:
            raise DidNotStart(rig.daemon.said())
        self._die_now()

    def _die_now(self) -> None:
        self._rig.daemon.kill()
        self.deaths.random += 1
