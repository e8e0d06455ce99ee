import importlib
import pkgutil
from pathlib import Path

import pytest

from daemon.store import commands
from daemon.util import failpoints
from daemon.util.failpoints import NAMES, PLACES, UNITS, Armed


class Died(Exception):
    pass


def die():
    raise Died


def test_nothing_is_armed_unless_the_environment_says_so():
    assert not failpoints.armed
    for name in NAMES:
        failpoints.hit(name)
    assert failpoints.steps("backup.middle") == {}


def test_the_nth_hit_is_the_last():
    armed = Armed("send.after:3", die)
    armed.hit("send.after")
    armed.hit("send.before")
    armed.hit("send.after")
    with pytest.raises(Died):
        armed.hit("send.after")


@pytest.mark.parametrize("wrong", ["nowhere", "send.after:x", "commit.before.Nothing", ":2"])
def test_an_unknown_place_is_refused(wrong):
    with pytest.raises(ValueError, match=r"there is no place.*send\.after"):
        Armed(wrong, die)


def test_half_a_request_is_written_before_the_end():
    written: list[bytes] = []
    with pytest.raises(Died):
        Armed("send.half", die).half(written.append, b"0123456789")
    assert written == [b"01234"]


def test_every_kind_of_unit_has_its_place():
    found = set()
    for module in pkgutil.iter_modules(commands.__path__):
        loaded = importlib.import_module(f"{commands.__name__}.{module.name}")
        found |= {
            name
            for name, value in vars(loaded).items()
            if isinstance(value, type) and value.__module__ == loaded.__name__
            if hasattr(value, "apply")
        }
    assert found == set(UNITS)


def test_every_place_is_somewhere_in_the_daemon():
    root = Path(failpoints.__file__).parents[1]
    text = "".join(path.read_text() for path in root.rglob("*.py") if path.name != "failpoints.py")
    assert [name for name in PLACES if f'"{name}"' not in text and name != "send.half"] == []
