import shutil
import tempfile
from pathlib import Path

import pytest

from tests.crash.process import Daemon
from tests.crash.rig import Rig
from tests.faults.receivers import Receivers


@pytest.fixture
def home():
    """A folder whose name leaves room for a socket's path."""
    folder = Path(tempfile.mkdtemp(prefix="cg-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def daemon(home):
    """A daemon that has not been started; ended at the end."""
    process = Daemon(home)
    yield process
    process.kill()


@pytest.fixture
def rig(home):
    """A daemon, a receiver and a producer that may send 400 events, when it is allowed to."""
    made = Rig(home, events=400, seed=1)
    yield made
    made.close()


@pytest.fixture
def receivers(home):
    """Receivers that misbehave."""
    with Receivers(home) as made:
        yield made
