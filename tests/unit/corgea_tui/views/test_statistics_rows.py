import msgspec
import pytest

from corgea_tui.views.rows.statistics_rows import ORDERS, StatisticsRows
from daemon.protocol import Point, WebhookStatistics
from tests.app.fake_daemon import webhook

ORDER = {order.name: order for order in ORDERS}


def figures(name, succeeded=0, failed=0, p95=None, **more):
    span = Point("", succeeded, failed, 0, succeeded + failed, p95, p95, p95, {})
    return WebhookStatistics(webhook_id=name, webhook_name=name, span=span, **more)


def rows(*all_figures, webhooks=()):
    known = {each.id: each for each in webhooks}
    made = StatisticsRows(known.get)
    made.show(all_figures, keep=False)
    return made


def keys(made):
    return [made.key(index) for index in range(len(made))]


FOUR = (
    figures("idle"),
    figures("slow", succeeded=90, failed=1, p95=9000),
    figures("dead", succeeded=1, failed=9, p95=80),
    figures("fine", succeeded=500, p95=90),
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("worst first", ["dead", "slow", "fine", "idle"]),
        ("slowest first", ["slow", "fine", "dead", "idle"]),
        ("most failures first", ["dead", "slow", "fine", "idle"]),
        ("busiest first", ["fine", "slow", "dead", "idle"]),
        ("by name", ["dead", "fine", "idle", "slow"]),
    ],
)
def test_rows_are_sorted_as_asked(order, expected):
    made = rows(*FOUR)
    made.sort(ORDER[order])
    assert keys(made) == expected


def test_the_worst_come_first_and_the_next_way_follows():
    made = rows(*FOUR)
    assert keys(made)[0] == "dead"
    for order in ORDERS[1:]:
        made.next_order()
        assert made.order is order
    made.next_order()
    assert made.order is ORDERS[0]


def test_rows_keep_their_places_under_a_reader():
    made = rows(*FOUR)
    before = keys(made)
    worse = figures("fine", failed=50, p95=90)
    made.show([worse, *FOUR[:3], figures("new", failed=1)], keep=True)
    assert keys(made) == [*before, "new"]
    made.show([worse, *FOUR[:2]], keep=True)
    assert keys(made) == ["slow", "fine", "idle"]
    made.show([worse, *FOUR[:2]], keep=False)
    assert keys(made)[0] == "fine"


def test_showing_the_same_is_no_change():
    made = rows(*FOUR)
    assert not made.show([msgspec.structs.replace(each) for each in FOUR], keep=False)
    assert made.show(FOUR[:3], keep=False)


def test_a_title_sorts_whether_it_has_the_mark_or_not():
    made = rows(*FOUR)
    assert made.sort_by("sent")
    assert made.order.name == "busiest first"
    assert made.sort_by("sent▾")
    assert not made.sort_by("in a row")


@pytest.mark.parametrize("width", range(20, 200, 9))
def test_every_column_has_its_words_and_one_shows_the_order(width):
    made = rows(*FOUR, webhooks=[webhook(1, id="dead", name="dead")])
    for order in ORDERS:
        made.sort(order)
        columns = made.columns(width)
        assert len(made.cells(0, width)) == len(columns)
        assert sum(column.title.endswith("▾") for column in columns) <= 1
    assert any(column.title.startswith("failed") for column in made.columns(width))


def test_words_of_a_row():
    made = rows(*FOUR, webhooks=[webhook(1, id="dead", name="dead", state="paused")])
    words = [cell.text for cell in made.cells(0, 120)]
    assert words[:5] == ["‖ paused", "dead", "10", "9", "10.0%"]
    assert words[6] == "80 ms"
    assert made.cells(1, 120)[0].text == "⊘ deleted"
    idle = [cell.text for cell in made.cells(3, 120)]
    assert idle[4:8] == ["–", "–", "–", "–"]


def test_the_next_failing_in_either_direction():
    made = rows(*FOUR)
    assert made.failing(0, 1) == "dead"
    assert made.failing(1, 1) == "slow"
    assert made.failing(2, 1) is None
    assert made.failing(0, -1) == "dead"
    assert made.failing(-1, -1) is None


def test_a_daemon_that_tells_no_span_has_rows_without_figures():
    bare = WebhookStatistics(webhook_id="w", webhook_name="w")
    assert [cell.text for cell in rows(bare).cells(0, 60)][2:] == ["0", "0", "–", "–"]
