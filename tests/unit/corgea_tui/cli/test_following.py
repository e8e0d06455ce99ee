import msgspec
import pytest

from corgea_tui.cli.live.following import Follower, Notice
from corgea_tui.client.api_call import RawPage
from corgea_tui.client.errors import Refused, Unreachable
from daemon.protocol import Problem


def change(seq, kind="delivery", **data):
    data = {"created_at": f"t{seq}", **data} if kind == "delivery" else data
    return msgspec.json.encode({"seq": seq, "type": kind, "data": data})


class Answer:
    def __init__(self, lines):
        self._lines = lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def lines(self):
        for line in self._lines:
            if isinstance(line, Exception):
                raise line
            yield line


class Daemon:
    """Plays a list of streams, one a connection, and remembers what was asked."""

    def __init__(self, *streams, listed=()):
        self._streams = list(streams)
        self._listed = [msgspec.Raw(msgspec.json.encode(each)) for each in listed]
        self.asked = []

    def stream(self, call):
        self.asked.append((call.path, call.query))
        stream = self._streams.pop(0)
        if isinstance(stream, Exception):
            raise stream
        return Answer(stream)

    def page(self, call, _limit):
        self.asked.append((call.path, call.query))
        return RawPage(self._listed[:1], None, len(self._listed), 90)

    def pages(self, call, limit):
        return iter(self._listed)


def follow(daemon, items):
    waits = []
    follower = Follower(daemon, None, waits.append)
    changes = follower.changes()
    return [next(changes) for _ in range(items)], waits


def kinds(items):
    return [each.kind if isinstance(each, Notice) else each.seq for each in items]


LOST = Unreachable("gone")


def test_it_goes_on_after_the_last_change_when_the_link_is_lost():
    daemon = Daemon([change(5), b"", change(6), LOST], LOST, LOST, [change(7)])
    items, waits = follow(daemon, 6)
    assert kinds(items) == ["open", 5, 6, "lost", "back", 7]
    assert waits == [0.2, 0.4, 0.8]
    assert [query["since"] for _, query in daemon.asked] == [None, 6, 6, 6]


def test_a_stream_that_ends_is_a_lost_link():
    daemon = Daemon([change(1)], [change(2)])
    assert kinds(follow(daemon, 5)[0]) == ["open", 1, "lost", "back", 2]


def test_a_gap_is_reported_and_closed_from_the_lists():
    listed = [{"created_at": "t9", "id": "newer"}, {"created_at": "t8", "id": "older"}]
    daemon = Daemon([change(5), change(90, "gap"), change(91)], listed=listed)
    items, _ = follow(daemon, 6)
    assert kinds(items) == ["open", 5, "gap", 90, 90, 91]
    assert [msgspec.json.decode(each.data)["id"] for each in items[3:5]] == ["older", "newer"]
    assert daemon.asked[1][1]["from"] == "t5"


def test_what_fails_at_first_is_raised():
    for problem in (LOST, Refused(Problem("No", 422))):
        with pytest.raises(type(problem)):
            follow(Daemon(problem), 1)


def test_a_refusal_later_is_raised_unless_the_daemon_is_only_busy():
    busy = Refused(Problem("Busy", 503))
    daemon = Daemon([change(1)], busy, [change(2)])
    assert kinds(follow(daemon, 5)[0]) == ["open", 1, "lost", "back", 2]
    with pytest.raises(Refused):
        follow(Daemon([change(1)], Refused(Problem("No", 403))), 4)


def test_the_past_comes_first_and_joins():
    listed = [{"created_at": "t2", "id": "b"}, {"created_at": "t1", "id": "a"}]
    daemon = Daemon([change(91)], listed=listed)
    follower = Follower(daemon, "x")
    past = [msgspec.json.decode(each.data)["id"] for each in follower.past("x y")]
    assert past == ["a", "b"]
    changes = follower.changes()
    assert kinds([next(changes), next(changes)]) == ["open", 91]
    assert daemon.asked[-1] == ("/v1/watch", {"filter": "x", "since": 90})
