"""Two thousand histories, and those in which something was wrong once.

`python -m tests.simulation --seeds 100000` lives through more.
"""

import pytest

from tests.simulation.history import BRIEF, LONG, run
from tests.simulation.many import live_through
from tests.simulation.mutants import MUTANTS
from tests.simulation.stage import Broken

FOUND = (1, 20, 26, 68, 72, 85, 165, 316, 358, 477, 487, 614, 715, 732, 751, 761, 782, 1030, 1185)
PORTION = 100


@pytest.mark.parametrize("seed", FOUND)
def test_a_seed_that_was_found_stays_sound(seed):
    assert run(seed).events > 0


@pytest.mark.parametrize("start", range(0, 2000, PORTION))
def test_thousands_of_histories_are_sound(start):
    lived = live_through(range(start, start + PORTION), "brief")
    assert not lived.broken, next(iter(lived.broken.values()))
    assert lived.deaths > PORTION // 5


@pytest.mark.parametrize("shape", [BRIEF, LONG], ids=["brief", "long"])
def test_a_seed_repeats_its_history(shape):
    assert run(6, shape=shape) == run(6, shape=shape)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_daemon_with_a_fault_is_found_out(mutant):
    with mutant(), pytest.raises(Broken):  # noqa: PT012  # whichever of them it is
        for seed in range(600):
            run(seed, shape=BRIEF)
