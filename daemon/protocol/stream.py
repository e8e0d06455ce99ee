"""Lists and the stream of changes."""

from typing import Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

ChangeType = Literal["delivery", "webhook", "event", "job", "daemon", "gap"]


class Change(msgspec.Struct, frozen=True):
    """A line of `/v1/watch`. `data` is the whole object as it is now; of a `gap` it is `{}`."""

    seq: int
    type: ChangeType
    data: msgspec.Raw | Any


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list. `next` is the cursor of the next page, null at the end.

    `total` counts the items of all pages; null: counting them would take too long. `seq` is the
    number of the last change that the page includes: a watcher that continues after it misses
    nothing.
    """

    items: list[T]
    next: str | None
    total: int | None
    seq: int
