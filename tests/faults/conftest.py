import pytest

from tests.crash.rig import CrashRig
from tests.faults.receivers import Receivers
from tests.harness.daemon import DaemonProcess


@pytest.fixture
def daemon(home):
    """A daemon that has not been started; killed at the end."""
    process = DaemonProcess(home)
    yield process
    process.kill()


@pytest.fixture
def rig(home):
    """A daemon, a receiver and a producer that may send 400 events, when it is allowed to."""
    made = CrashRig(home, events=400, seed=1)
    yield made
    made.close()


@pytest.fixture
def receivers(home, authority):
    """Receivers that misbehave."""
    with Receivers(authority) as made:
        yield made
