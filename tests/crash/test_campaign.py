import pytest

from daemon.failpoints import NAMES
from tests.crash.report import markdown
from tests.crash.run import campaign


@pytest.mark.timeout(300)
def test_thirty_deaths_lose_nothing(home):
    verdict = campaign(home, events=2_000, kills=30, seed=20_250, failpoints="random")
    assert verdict.sound, markdown(verdict)
    assert verdict.acknowledged == 2_000
    assert verdict.kills == 30
    assert verdict.interrupted > 0, "nobody died with anything on the wire"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_death_at_every_failpoint_loses_nothing(home):
    kills = len(NAMES) + 20
    verdict = campaign(home, events=50 * kills, kills=kills, seed=7, failpoints="all")
    assert verdict.sound, markdown(verdict)
    reached = set(verdict.deaths["at"])
    assert len(set(NAMES) - reached) <= 2, f"not reached: {set(NAMES) - reached}"
