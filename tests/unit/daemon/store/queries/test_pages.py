import pytest

from daemon.domain.filters.parser import parse_filter
from daemon.store.database import execute
from daemon.store.queries import pages
from daemon.store.queries.cursors import CursorPosition, InvalidCursor, read_cursor, write_cursor
from daemon.store.queries.filter_queries import search_deliveries
from daemon.store.queries.pages import count_all, find_page, total


def search(rows, text=""):
    return search_deliveries(rows.db, parse_filter(text, now_ms=rows.now), rows.rows_named)


def test_a_cursor_is_plain_text_and_comes_back():
    position = CursorPosition(1_750_000_000_123, 98_765)
    text = write_cursor(position)
    assert text.replace("-", "").isalnum()
    assert read_cursor(text) == position


@pytest.mark.parametrize(
    "text", ["", "-", "1", "1-", "-1", "1-2-3", "x-1", "1-1 ", "0x1-1", "f" * 13 + "-1", "\u0661-1"]
)
def test_what_is_no_cursor(text):
    with pytest.raises(InvalidCursor):
        read_cursor(text)


def test_pages_stay_while_rows_arrive(rows):
    made = [rows.delivery() for _ in range(10)]
    first = find_page(rows.db, search(rows), None, 4)
    assert first.rows == made[:5:-1]
    for _ in range(5):
        rows.delivery()
    second = find_page(rows.db, search(rows), first.next, 4)
    third = find_page(rows.db, search(rows), second.next, 4)
    assert second.rows == made[5:1:-1]
    assert third.rows == made[1::-1]
    assert third.next is None


def test_rows_of_one_moment_are_all_listed_once(rows):
    made = [rows.delivery(at=rows.now) for _ in range(9)]
    read, after = [], None
    while True:
        page = find_page(rows.db, search(rows), after, 2)
        read += page.rows
        if (after := page.next) is None:
            break
    assert read == made[::-1]


def test_oldest_first_for_jobs(rows):
    made = [rows.delivery(status=status) for status in ("failed", "discarded") * 3]
    first = find_page(rows.db, search(rows, "-status:succeeded"), None, 4, oldest_first=True)
    rest = find_page(rows.db, search(rows, "-status:succeeded"), first.next, 4, oldest_first=True)
    assert first.rows + rest.rows == made


def test_totals_are_exact_up_to_a_limit(rows, monkeypatch):
    for _ in range(6):
        rows.delivery()
    monkeypatch.setattr(pages, "COUNTED", 6)
    assert total(rows.db, search(rows)) == 6
    rows.delivery()
    assert total(rows.db, search(rows)) is None
    assert count_all(rows.db, search(rows)) == 7
    assert total(rows.db, search(rows, "status:failed")) == 0


def test_free_text_gives_up_a_page_early_and_goes_on(rows, monkeypatch):
    needle = rows.delivery(data={"a": "needle"})
    other = rows.event(data={"a": "hay"})
    for _ in range(1_200):
        rows.delivery(event=other)
    monkeypatch.setattr(pages, "ROWS_READ", 500)
    wanted = search(rows, "needle")
    first = find_page(rows.db, wanted, None, 10)
    assert first.rows == []
    assert first.next is not None
    found, after = [], first.next
    while after is not None:
        page = find_page(rows.db, wanted, after, 10)
        found += page.rows
        after = page.next
    assert found == [needle]
    assert total(rows.db, wanted) is None
    assert count_all(rows.db, wanted) == 1


def test_a_row_that_is_pruned_between_two_pages_disturbs_no_page(rows):
    made = [rows.delivery() for _ in range(6)]
    first = find_page(rows.db, search(rows), None, 3)
    execute(rows.db, "DELETE FROM deliveries WHERE id IN (?, ?)", (made[3], made[1]))
    assert find_page(rows.db, search(rows), first.next, 3).rows == [made[2], made[0]]
