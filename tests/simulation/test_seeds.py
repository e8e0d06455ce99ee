"""Two thousand histories, and those in which a fault was found once.

`python -m tests.simulation --seeds 100000` runs more.
"""

import pytest

from tests.simulation.history import BRIEF, LONG, run, run_seeds
from tests.simulation.mutations import MUTATIONS
from tests.simulation.scenario import Broken

FOUND = (1, 20, 26, 68, 72, 85, 165, 316, 358, 477, 487, 614, 715, 732, 751, 761, 782, 1030, 1185)
PORTION = 100


@pytest.mark.parametrize("seed", FOUND)
def test_a_seed_that_was_found_stays_sound(seed):
    assert run(seed).events > 0


@pytest.mark.parametrize("start", range(0, 2000, PORTION))
def test_thousands_of_histories_are_sound(start):
    totals = run_seeds(range(start, start + PORTION), "brief")
    assert not totals.broken, next(iter(totals.broken.values()))
    assert totals.deaths > PORTION // 5


@pytest.mark.parametrize("shape", [BRIEF, LONG], ids=["brief", "long"])
def test_a_seed_repeats_its_history(shape):
    assert run(6, shape=shape) == run(6, shape=shape)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutation_is_found(mutation):
    with mutation(), pytest.raises(Broken):  # noqa: PT012  # whichever of them it is
        for seed in range(600):
            run(seed, shape=BRIEF)
