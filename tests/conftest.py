"""What holds for the whole suite, and the fixtures that several folders use.

`--hypothesis-profile explore` looks for new examples, ten times as many, and remembers what failed.
"""

import signal
import time

import pytest
from hypothesis import settings

from tests.harness.daemon import short_home

settings.register_profile("suite", deadline=None, database=None, derandomize=True)
settings.register_profile(
    "explore", settings.get_profile("default"), max_examples=1000, deadline=None
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def interrupts():
    """A shell has what it starts in the background ignore Ctrl-C; what is started here hears it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def in_utc(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def home():
    """A folder whose name leaves room for a socket's path."""
    with short_home() as folder:
        yield folder


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority, and the file that a daemon trusts it by."""
    from tests.harness.receiver import Authority

    return Authority.make(tmp_path_factory.mktemp("ca"))
