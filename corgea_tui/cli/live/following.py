"""The feed for commands: changes of deliveries, across lost connections and restarts.

A list has the sequence number of its reading, so that the stream continues it without a gap.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.api_call import RawChange, decode, decode_change
from corgea_tui.client.errors import BUSY, NotUnderstood, Refused, Unreachable
from corgea_tui.client.lean_client import LeanClient

FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
CATCH_UP = 10_000
"""The most deliveries that are listed to close a gap; `deliveries export` has no limit."""


@dataclass(frozen=True)
class Notice:
    """A message about the feed, for stderr."""

    kind: Literal["open", "lost", "back", "gap"]
    text: str


OPEN = Notice("open", "following; Ctrl-C ends")
Item = RawChange | Notice


class Follower:
    """Reads the endless stream of changes; it resumes after the last yielded change."""

    def __init__(
        self,
        client: LeanClient,
        text: str | None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`text` is the filter; no other code may use `client` meanwhile."""
        self._client = client
        self._text = text
        self._pause = pause
        self._seq: int | None = None
        self._newest = ""
        """The creation time of the newest yielded delivery, from which a gap is closed."""

    def past(self, text: str | None, created: str | None = None) -> Iterator[RawChange]:
        """The deliveries that match `text`, oldest first; the stream continues after them.

        `created`: only deliveries created at this time or later.
        """
        call = calls.deliveries_since(text, created)
        first = self._client.page(call, 1)
        self._seq = first.seq
        raws = list(self._client.pages(call, CATCH_UP))
        for raw in reversed(raws):
            yield self._remember(RawChange(first.seq, "delivery", raw))

    def changes(self) -> Iterator[Item]:
        """Changes and notices, without end; raises `Unreachable` only when the first call fails."""
        reached = False
        wait = FIRST_WAIT
        while True:
            try:
                for item in self._stream(Notice("back", "connected again") if reached else OPEN):
                    reached, wait = True, FIRST_WAIT
                    yield item
                lost = "the daemon closed the stream"
            except NotUnderstood:
                raise
            except Unreachable as error:
                if not reached:
                    raise
                lost = error.message
            except Refused as refused:
                if not reached or refused.status not in BUSY:
                    raise
                lost = refused.message
            if wait == FIRST_WAIT:
                yield Notice("lost", f"{lost}; trying again")
            self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _stream(self, first: Notice) -> Iterator[Item]:
        with self._client.stream(calls.changes(self._seq, self._text)) as answer:
            yield first
            for line in answer.lines():
                if not line:
                    continue
                change = decode_change(line)
                self._seq = change.seq
                if change.type == "gap":
                    yield from self._close_gap()
                else:
                    yield self._remember(change)

    def _close_gap(self) -> Iterator[Item]:
        yield Notice("gap", "some changes were missed; listing the new deliveries")
        if self._newest:
            yield from self.past(self._text, self._newest)

    def _remember(self, change: RawChange) -> RawChange:
        if change.type == "delivery":
            created = decode(change.data, _Created, "a delivery").created_at
            self._newest = max(self._newest, created)
        return change


class _Created(msgspec.Struct):
    created_at: str = ""
