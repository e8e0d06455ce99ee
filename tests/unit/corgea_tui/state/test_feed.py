from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.state.feed import Feed, Gap
from daemon.protocol import Delivery, Page
from tests.harness.control_server import delivery

START = datetime(2026, 11, 23, 14, tzinfo=UTC)
PAGE = 5


def at(milliseconds):
    moment = START + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def made(number, status="pending", moment=None):
    raw = delivery(f"d{number}", status=status, created_at=at(moment or number * 10))
    return msgspec.convert(raw, Delivery)


def failed(row):
    return row.status == "failed"


class History:
    """What a daemon would answer: all deliveries, pages by cursor, newest first."""

    def __init__(self):
        self.rows = {}

    def put(self, row):
        self.rows[row.id] = row

    def page(self, matches, cursor=None, before=None):
        number = {row.id: place for place, row in enumerate(self.rows.values())}
        found = [
            row
            for row in reversed(self.rows.values())
            if matches(row)
            and (before is None or row.created_at < before)
            and (cursor is None or number[row.id] < int(cursor))
        ]
        items = found[:PAGE]
        following = str(number[items[-1].id]) if len(found) > PAGE else None
        return Page(items, following, len(found), 0)


def ids(feed):
    return [getattr(feed.row(index), "id", None) for index in range(len(feed))]


def read_all(feed, history, matches):
    """The ids of all rows, as a reader finds them who scrolls to the very end."""
    read = []
    while True:
        index = len(read)
        while index >= len(feed) or feed.row(index) is None:
            request = feed.missing_page(index, index)
            if request is None:
                return read
            assert feed.accept(request, history.page(matches, request.cursor, request.before))
        read.append(feed.row(index).id)


@pytest.fixture
def feed():
    feed = Feed(window=10, slack=2)
    feed.load(Page([made(3), made(2), made(1)], None, 3, 0))
    return feed


def test_the_newest_is_on_top(feed):
    assert ids(feed) == ["d3", "d2", "d1"]
    feed.apply([made(4), made(5)])
    assert ids(feed) == ["d5", "d4", "d3", "d2", "d1"]
    assert feed.total == 5


def test_a_known_row_changes_where_it_stands(feed):
    feed.apply([made(2, "failed")])
    assert ids(feed) == ["d3", "d2", "d1"]
    assert feed.row(1).status == "failed"


def test_a_reader_is_not_moved_and_sees_how_many_are_new(feed):
    feed.stop()
    feed.apply([made(4), made(5)])
    feed.apply([made(5, "failed"), made(2, "succeeded")])
    assert ids(feed) == ["d3", "d2", "d1"]
    assert feed.row(1).status == "succeeded"
    assert feed.new_above == 2
    assert feed.total == 5
    feed.follow()
    assert feed.total == 5
    assert ids(feed) == ["d5", "d4", "d3", "d2", "d1"]
    assert feed.row(0).status == "failed"
    assert feed.new_above == 0


def test_a_filter_works_at_once_on_what_is_here(feed):
    feed.apply([made(2, "failed")])
    feed.refilter("status:failed", failed)
    assert ids(feed) == ["d2"]
    assert not feed.loaded
    feed.apply([made(3, "failed"), made(4)])
    assert ids(feed) == ["d3", "d2"]


def test_a_row_that_stops_matching_goes_only_while_none_is_selected(feed):
    feed.refilter("status:pending", lambda row: row.status == "pending")
    feed.load(Page([made(3), made(2), made(1)], None, 3, 0))
    feed.stop()
    feed.apply([made(2, "succeeded")])
    assert ids(feed) == ["d3", "d2", "d1"]
    feed.follow()
    assert ids(feed) == ["d3", "d1"]
    feed.apply([made(1, "succeeded")])
    assert ids(feed) == ["d3"]


def test_what_comes_to_match_late_stands_where_its_time_puts_it(feed):
    feed.refilter("status:failed", failed)
    feed.load(Page([made(9, "failed"), made(5, "failed")], None, 2, 0))
    feed.apply([made(7, "failed")])
    assert ids(feed) == ["d9", "d7", "d5"]


def test_an_old_delivery_that_is_retried_is_no_news_without_a_filter():
    feed = Feed()
    feed.load(Page([made(9), made(8)], "8", 9, 0))
    feed.stop()
    feed.apply([made(2)])
    assert feed.new_above == 0


def test_old_rows_leave_the_window_and_are_found_in_the_history():
    history, feed = History(), Feed(window=10, slack=2)
    for number in range(100):
        history.put(made(number))
    feed.load(history.page(lambda _: True))
    for number in range(100, 160):
        history.put(made(number))
        feed.apply([made(number)])
    assert len(feed) <= 12
    read = read_all(feed, history, lambda _: True)
    assert read == [f"d{number}" for number in reversed(range(160))]


def test_pages_out_of_sight_are_dropped_and_fetched_again():
    history, feed = History(), Feed()
    for number in range(300):
        history.put(made(number))
    feed.load(history.page(lambda _: True))
    assert len(read_all(feed, history, lambda _: True)) == 300
    assert feed.complete
    assert None in ids(feed)
    index = ids(feed).index(None)
    request = feed.missing_page(index, index + 3)
    feed.accept(request, history.page(lambda _: True, request.cursor, request.before))
    assert feed.row(index).id == f"d{299 - index}"
    assert len(feed) == 300


def test_an_answer_to_an_earlier_question_is_dropped():
    history, feed = History(), Feed()
    for number in range(20):
        history.put(made(number))
    feed.load(history.page(lambda _: True))
    request = feed.missing_page(10, 20)
    feed.refilter("status:failed", failed)
    assert not feed.accept(request, history.page(lambda _: True, request.cursor))
    assert ids(feed) == []


def test_a_gap_is_a_row_between_what_was_seen_and_what_came_after(feed):
    feed.load(Page([made(6), made(5), made(3), made(2), made(1)], None, 5, 0), gap=True)
    rows = [feed.row(index) for index in range(len(feed))]
    assert [type(row) for row in rows] == [Delivery, Delivery, Gap, Delivery, Delivery, Delivery]


def test_a_gap_does_not_move_a_reader(feed):
    feed.stop()
    feed.load(Page([made(6), made(5), made(3, "failed")], None, 5, 0), gap=True)
    assert ids(feed) == ["d3", "d2", "d1"]
    assert feed.row(0).status == "failed"
    assert feed.new_above == 2
    feed.follow()
    assert ids(feed) == ["d6", "d5", "gap-1", "d3", "d2", "d1"]


def test_the_next_failure_is_found_in_both_directions(feed):
    feed.apply([made(1, "failed"), made(3, "failed")])
    assert feed.find(1, 1, failed) == 2
    assert feed.find(1, -1, failed) == 0
    assert feed.find(3, 1, failed) is None


steps = st.lists(
    st.tuples(
        st.sampled_from(["new", "change", "stop", "follow", "page"]),
        st.integers(0, 60),
        st.sampled_from(["pending", "failed", "succeeded"]),
    ),
    max_size=120,
)


@given(steps, st.sampled_from([lambda _: True, failed]))
def test_whatever_happens_nothing_is_lost_doubled_or_moved(steps, matches):
    history, feed = History(), Feed(window=6, slack=2)
    for number in range(12):
        history.put(made(number, "failed"))
    feed.refilter("status:failed", matches) if matches is failed else None
    feed.load(history.page(matches))
    frozen, count = None, 12
    for kind, number, status in steps:
        if kind == "new":
            history.put(made(count, status))
            feed.apply([made(count, status)])
            count += 1
        elif kind == "change":
            row = made(number % count, status)
            history.put(row)
            feed.apply([row])
        elif kind == "stop":
            feed.stop()
        elif kind == "follow":
            feed.follow()
        elif (request := feed.missing_page(0, len(feed))) is not None:
            feed.accept(request, history.page(matches, request.cursor, request.before))
        shown = [row_id for row_id in ids(feed) if row_id]
        assert len(shown) == len(set(shown))
        times = [feed.row(i).created_at for i in range(len(feed)) if feed.row(i)]
        assert times == sorted(times, reverse=True)
        if feed.following:
            frozen = None
        else:
            frozen = frozen or shown
            assert shown[: len(frozen)] == frozen
    feed.follow()
    if matches is not failed:
        everything = [f"d{number}" for number in reversed(range(count))]
        assert read_all(feed, history, matches) == everything
