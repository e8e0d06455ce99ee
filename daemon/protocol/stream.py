"""Lists and the stream of changes."""

from typing import Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")

ChangeType = Literal["delivery", "webhook", "event", "job", "daemon", "gap"]


class Change(msgspec.Struct, frozen=True):
    """A line of `/v1/watch`. `data` is the present object; for a `gap` it is `{}`."""

    seq: int
    type: ChangeType
    data: msgspec.Raw | Any


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list. `next` is the cursor of the next page, null at the end.

    `total` counts the items of all pages; it is null when counting would take too long. `seq` is
    the number of the last change that the page includes: a watcher that continues after it misses
    no change.
    """

    items: list[T]
    next: str | None
    total: int | None
    seq: int
