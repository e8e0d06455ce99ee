"""Histories in which something was wrong once, whether the daemon or what was asked of it."""

import pytest

from tests.simulation.history import run

FOUND = (1, 20, 26, 68, 72, 85, 165, 316, 358, 477, 487, 614, 715, 732, 751, 761, 782, 1030, 1185)


@pytest.mark.parametrize("seed", FOUND)
def test_a_seed_that_was_found_stays_sound(seed):
    assert run(seed).events > 0
