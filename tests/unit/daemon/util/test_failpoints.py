from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.util import failpoints
from daemon.util.failpoints import POINTS, Armed
from tests.harness.failpoints import NAMES


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


@pytest.mark.parametrize("wrong", ["nowhere", "send.after:x", "commit.during.Claim", ":2"])
def test_an_unknown_point_is_refused(wrong):
    with pytest.raises(ValueError, match=r"there is no point.*send\.after"):
        Armed(wrong, die)


def test_half_a_request_is_written_before_the_end():
    written: list[bytes] = []
    with pytest.raises(Died):
        Armed("send.half", die).half(written.append, b"0123456789")
    assert written == [b"01234"]


def test_a_commit_is_named_by_the_class_of_its_command():
    class Claim:
        pass

    armed = Armed("commit.after.Claim", die)
    armed.commit("before", [SimpleNamespace(command=Claim())])
    armed.commit("after", [SimpleNamespace(command=object())])
    with pytest.raises(Died):
        armed.commit("after", [SimpleNamespace(command=Claim())])


def test_every_point_is_somewhere_in_the_daemon():
    root = Path(failpoints.__file__).parents[1]
    text = "".join(path.read_text() for path in root.rglob("*.py") if path.name != "failpoints.py")
    assert [name for name in POINTS if f'"{name}"' not in text and name != "send.half"] == []
