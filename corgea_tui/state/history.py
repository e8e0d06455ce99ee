"""The rows below the live rows: the whole history in pages, of which only a few are held.

A dropped page is fetched again by its cursor. The daemon's pages are stable while rows arrive, so
a row keeps its position.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

import msgspec


class Dated(Protocol):
    """A row with an identity and a time of creation, both as the daemon writes them."""

    @property
    def id(self) -> str:
        """The identity of the row."""
        ...

    @property
    def created_at(self) -> str:
        """ISO 8601 UTC with milliseconds; the order of the texts is the order of the times."""
        ...


T = TypeVar("T", bound=Dated)

HELD_PAGES = 16
"""Pages in memory at once; the most recently used ones stay."""


class PageRequest(msgspec.Struct, frozen=True):
    """A page to fetch: of the rows created before `before` (None: now), from `cursor` on.

    `number` is the position among the pages. An answer with an earlier `epoch` is ignored.
    """

    number: int
    cursor: str | None
    before: str | None
    epoch: int


class _Page(Generic[T]):
    def __init__(self, cursor: str | None) -> None:
        self.cursor = cursor
        self.count = 0
        self.rows: list[T] | None = None
        self.positions: dict[str, int] = {}

    def fill(self, rows: list[T]) -> None:
        self.rows, self.count = rows, len(rows)
        self.positions = {row.id: position for position, row in enumerate(rows)}

    def drop(self) -> None:
        self.rows = None
        self.positions.clear()


class History(Generic[T]):
    """Pages, newest first, of the rows created before `before`."""

    def __init__(self, cursor: str | None, before: str | None, epoch: int) -> None:
        """`cursor` None with `before` None: the history is empty."""
        self._before = before
        self._epoch = epoch
        self._next = cursor
        self._exhausted = cursor is None and before is None
        self._pages: list[_Page[T]] = []
        self._starts: list[int] = []
        self._length = 0
        self._recent: dict[int, None] = {}

    def __len__(self) -> int:
        """The number of rows in the pages fetched so far, held or dropped."""
        return self._length

    @property
    def exhausted(self) -> bool:
        """Whether the oldest row has been reached."""
        return self._exhausted

    def row(self, index: int) -> T | None:
        """The row at `index` from the top; None when its page is not held."""
        page, position = self._locate(index)
        return None if page.rows is None else page.rows[position]

    def missing_page(self, first: int, last: int) -> PageRequest | None:
        """The next page to fetch for rows `first` to `last`; None when all are held."""
        for index in (max(first, 0), min(last, self._length - 1)):
            if 0 <= index < self._length:
                number = self._number(index)
                self._touch(number)
                if self._pages[number].rows is None:
                    return self._request(number, self._pages[number].cursor)
        if last >= self._length and not self._exhausted:
            return self._request(len(self._pages), self._next)
        return None

    def accept(self, request: PageRequest, rows: Sequence[T], following: str | None) -> bool:
        """Take in a fetched page; False when it answers an earlier request."""
        if request.epoch != self._epoch or request.number > len(self._pages):
            return False
        if request.number == len(self._pages):
            self._pages.append(_Page(request.cursor))
            self._next = following
            self._exhausted = following is None
        self._pages[request.number].fill(list(rows))
        self._touch(request.number)
        self._measure()
        return True

    def replace(self, row: T) -> bool:
        """Replace a row by its new state; False when the row is not held."""
        for page in self._pages:
            position = page.positions.get(row.id)
            if position is not None and page.rows is not None:
                page.rows[position] = row
                return True
        return False

    def insert(self, row: T) -> bool:
        """Insert a row that matches now; False when a later fetch will bring the row."""
        for number, page in enumerate(self._pages):
            if not page.rows or row.created_at < page.rows[-1].created_at:
                continue
            position = next(
                i for i, other in enumerate(page.rows) if other.created_at <= row.created_at
            )
            page.fill([*page.rows[:position], row, *page.rows[position:]])
            self._touch(number)
            self._measure()
            return True
        return False

    def index_of(self, row_id: str) -> int | None:
        """The index of a held row; None when it is not held."""
        for start, page in zip(self._starts, self._pages, strict=True):
            if (position := page.positions.get(row_id)) is not None:
                return start + position
        return None

    def _request(self, number: int, cursor: str | None) -> PageRequest:
        return PageRequest(number, cursor, self._before, self._epoch)

    def _number(self, index: int) -> int:
        return bisect_right(self._starts, index) - 1

    def _locate(self, index: int) -> tuple[_Page[T], int]:
        number = self._number(index)
        return self._pages[number], index - self._starts[number]

    def _measure(self) -> None:
        ends = list(accumulate(page.count for page in self._pages))
        self._starts = [0, *ends[:-1]]
        self._length = ends[-1] if ends else 0

    def _touch(self, number: int) -> None:
        self._recent.pop(number, None)
        self._recent[number] = None
        while len(self._recent) > HELD_PAGES:
            oldest = next(iter(self._recent))
            del self._recent[oldest]
            self._pages[oldest].drop()
