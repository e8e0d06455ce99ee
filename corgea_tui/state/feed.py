"""The feed of deliveries or events, without any widget: live rows above the history.

The rows never move while the user reads them (app.md, Behaviour). While the feed is followed, new
rows come in at the top. Once a row is selected, new rows are held back and counted until the user
returns to the newest row. The numbers of live and held rows are bounded; dropped rows are fetched
again from the history.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

from corgea_tui.state.history import Dated, History, PageRequest
from corgea_tui.state.history_search import just_after
from daemon.protocol import Event, Page


class EventRow(msgspec.Struct, frozen=True):
    """An event as a row of a feed, with the identity and the time that a feed needs."""

    id: str
    created_at: str
    event: Event


def row_of(event: Event) -> EventRow:
    """The row of an event."""
    return EventRow(event.event_id, event.received_at, event)


WINDOW = 2_000
"""Live rows that are kept; older rows are fetched by page."""
SLACK = 500
"""Rows above `WINDOW` at which the oldest are dropped, so that the feed drops rows rarely."""

T = TypeVar("T", bound=Dated)


class Gap(msgspec.Struct, frozen=True):
    """A row that marks missed changes; the rows around it were read again."""

    id: str
    created_at: str


def matches_all(_: Dated) -> bool:
    """The filter of an unfiltered feed."""
    return True


class Feed(Generic[T]):
    """Rows newest first. Index 0 is the top row."""

    def __init__(self, window: int = WINDOW, slack: int = SLACK) -> None:
        self._window, self._slack = window, slack
        self._live: list[T | Gap] = []
        self._positions: dict[str, int] = {}
        self._base = 0
        self._held: dict[str, T | Gap] = {}
        self._held_back = 0
        self._held_incomplete = False
        """Whether rows are missing between the live and the held rows."""
        self._epoch = 0
        self._history = History[T](None, None, 0)
        self._matches: Callable[[T], bool] = matches_all
        self._gaps = 0
        self.filter_text = ""
        """The filter in effect, as it was typed."""
        self.following = True
        self.order = ""
        """The name of the order; empty: newest first. In another order no new rows come in."""
        self.loaded = False
        """Whether the first page has arrived; until then an empty feed has no meaning."""
        self.outdated = False
        """Whether the newest page must be read again: changes were missed since it was read."""
        self.total: int | None = 0
        """The number of matching rows; None when there are too many to count."""
        self.marks: set[str] = set()
        self.revision = 0
        """Counts changes of any row; equal revisions have equal rows."""

    def __len__(self) -> int:
        return len(self._live) + len(self._history)

    @property
    def epoch(self) -> int:
        """Counts requests; the answer to an earlier one is ignored."""
        return self._epoch

    @property
    def new_above(self) -> int:
        """The number of rows that arrived since the feed is no longer followed."""
        return self._held_back

    @property
    def complete(self) -> bool:
        """Whether the oldest matching row is among the rows."""
        return self._history.exhausted

    def row(self, index: int) -> T | Gap | None:
        """The row at `index`; None when it has to be fetched first."""
        live = len(self._live)
        return self._live[live - 1 - index] if index < live else self._history.row(index - live)

    def index_of(self, row_id: str) -> int | None:
        """The index of a row; None when the feed does not hold it."""
        if (position := self._positions.get(row_id)) is not None:
            return len(self._live) - 1 - (position - self._base)
        found = self._history.index_of(row_id)
        return None if found is None else len(self._live) + found

    def find(self, start: int, step: int, matches: Callable[[T], bool]) -> int | None:
        """The index of the next held row from `start` in direction `step` that `matches`."""
        index = start
        while 0 <= index < len(self):
            row = self.row(index)
            if row is not None and not isinstance(row, Gap) and matches(row):
                return index
            index += step
        return None

    # --- data from the daemon

    def refilter(self, text: str, matches: Callable[[T], bool] | None) -> None:
        """Show only the held rows that the filter `text` matches; `load` brings the daemon's.

        `matches`: the filter as a predicate, None when it matches all rows.
        """
        self.filter_text = text
        self._matches = matches or matches_all
        kept = [row for row in self._merged() if not isinstance(row, Gap) and self._matches(row)]
        if self.order:
            kept.sort(key=_created_at)
        self._release()
        self.loaded = False
        self._set_rows(kept, History(None, None, self._next_epoch()))
        self.total = None

    def load(self, page: Page[T], *, gap: bool = False) -> None:
        """Take in the newest page, read from the daemon with the filter in effect."""
        if gap and not self.following:
            self._hold_page(page)
            return
        rows: list[T | Gap] = list(reversed(page.items))
        if gap:
            rows = self._with_gap(rows)
        self._release()
        self.loaded = True
        self.total = page.total
        self._set_rows(rows, History(page.next, None, self._next_epoch()))

    def arrange(self, order: str, rows: Sequence[T]) -> None:
        """Show these rows in this order until the next `load`; changes are shown in these rows."""
        self._release()
        self._set_rows(list(reversed(rows)), History(None, None, self._next_epoch()))
        self.following = False
        self.order = order

    def apply(self, rows: Iterable[T]) -> None:
        """Take in changes: known rows show their new state, new rows come in at the top."""
        new = [d for d in rows if not self._replace(d) and self._belongs(d)]
        self.revision += 1
        if not self.following:
            self._hold(new)
            return
        if self._matches is not matches_all:
            self._drop_nonmatching()
        self._add(new)
        self._trim()

    def missing_page(self, first: int, last: int) -> PageRequest | None:
        """The page of history to fetch so that rows `first` to `last` can be shown; else None."""
        live = len(self._live)
        if last < live or not self.loaded:
            return None
        return self._history.missing_page(first - live, last - live)

    def accept(self, request: PageRequest, page: Page[T]) -> bool:
        """Take in a page of history; False when it answers an earlier request."""
        rows = [row for row in page.items if row.id not in self._positions]
        self.revision += 1
        if not self._history.accept(request, rows, page.next):
            return False
        for row in rows:
            if self._held.pop(row.id, None) is not None:  # the row is old, not new
                self._held_back -= 1
        return True

    # --- acts of the user

    def stop(self) -> None:
        """Stop following: the rows keep their positions from now on."""
        self.following = False

    def follow(self) -> None:
        """Follow again: the held rows come in."""
        if self.following or self.order:
            return
        held, incomplete = list(self._held.values()), self._held_incomplete
        self._release()
        if incomplete:
            bottom = held[0].created_at
            self._set_rows(held, History(None, just_after(bottom), self._next_epoch()))
        else:
            self._insert(held)
            self._trim()
        self._drop_nonmatching()

    def toggle_mark(self, row_id: str) -> None:
        """Mark a row for a bulk action, or unmark it."""
        self.marks ^= {row_id}
        self.revision += 1

    def unmark(self) -> None:
        """Unmark all rows."""
        self.marks.clear()
        self.revision += 1

    # ---

    def _next_epoch(self) -> int:
        self._epoch += 1
        return self._epoch

    def _release(self) -> None:
        self._held.clear()
        self._held_back = 0
        self._held_incomplete = False
        self.following = True
        self.order = ""

    def _merged(self) -> list[T | Gap]:
        return self._live if self._held_incomplete else [*self._live, *self._held.values()]

    def _set_rows(self, rows: Sequence[T | Gap], history: History[T]) -> None:
        self._live = list(rows)
        self._history = history
        self._index()

    def _index(self) -> None:
        self._base = 0
        self._positions = {row.id: position for position, row in enumerate(self._live)}
        self.revision += 1

    def _replace(self, row: T) -> bool:
        if (position := self._positions.get(row.id)) is not None:
            self._live[position - self._base] = row
            return True
        if row.id in self._held:
            self._held[row.id] = row
            return True
        return self._history.replace(row)

    def _belongs(self, row: T) -> bool:
        """Whether a row that is not held is new; without a filter, older rows are not."""
        if self._matches is matches_all and self._live and not self._all_live:
            return row.created_at >= self._live[0].created_at
        return self._matches(row)

    @property
    def _all_live(self) -> bool:
        return self._history.exhausted and len(self._history) == 0

    def _add(self, rows: Sequence[T | Gap]) -> None:
        if self.total is not None:
            self.total += len(rows)
        self._insert(rows)

    def _insert(self, rows: Sequence[T | Gap]) -> None:
        """Insert rows by their time of creation: nearly always at the top."""
        moved = False
        for row in rows:
            if not self._live or row.created_at >= self._live[-1].created_at:
                self._positions[row.id] = self._base + len(self._live)
                self._live.append(row)
            elif row.created_at >= self._live[0].created_at or self._all_live:
                position = bisect_right(self._live, row.created_at, key=_created_at)
                self._live.insert(position, row)
                moved = True
            elif not isinstance(row, Gap):
                self._history.insert(row)
        if moved:
            self._index()

    def _drop_nonmatching(self) -> None:
        """Drop rows that no longer match. Call this only while the feed is followed."""
        kept = [row for row in self._live if isinstance(row, Gap) or self._matches(row)]
        if len(kept) != len(self._live):
            if self.total is not None:
                self.total -= len(self._live) - len(kept)
            self._live = kept
            self._index()

    def _trim(self) -> None:
        surplus = len(self._live) - self._window
        if surplus <= self._slack:
            return
        for row in self._live[:surplus]:
            del self._positions[row.id]
        del self._live[:surplus]
        self._base += surplus
        before = just_after(self._live[0].created_at)
        self._history = History(None, before, self._next_epoch())

    def _hold(self, rows: Sequence[T | Gap]) -> None:
        for row in rows:
            self._held[row.id] = row
        new = sum(not isinstance(row, Gap) for row in rows)
        self._held_back += new
        if self.total is not None:
            self.total += new
        while len(self._held) > self._window:
            del self._held[next(iter(self._held))]
            self._held_incomplete = True

    def _hold_page(self, page: Page[T]) -> None:
        """Hold back a page that was read again after a gap, while the feed is not followed."""
        unknown = [row for row in reversed(page.items) if not self._replace(row)]
        if unknown:
            self._hold([self._gap(unknown[0].created_at), *unknown])
        self._held_incomplete = self._held_incomplete or (len(unknown) == len(page.items) > 0)
        self.revision += 1

    def _with_gap(self, rows: list[T | Gap]) -> list[T | Gap]:
        known = [position for position, row in enumerate(rows) if row.id in self._positions]
        position = known[-1] + 1 if known else 0
        if position == len(rows):
            return rows
        return [*rows[:position], self._gap(rows[position].created_at), *rows[position:]]

    def _gap(self, created_at: str) -> Gap:
        self._gaps += 1
        return Gap(f"gap-{self._gaps}", created_at)


def _created_at(row: Dated) -> str:
    return row.created_at
