"""Lists and the stream of changes."""

from typing import Any, Literal

import msgspec

ChangeType = Literal["delivery", "webhook", "event", "job", "daemon", "gap"]


class Change(msgspec.Struct, frozen=True):
    """A line of `/v1/watch`. `data` is the whole object; a gap's is `{}`."""

    seq: int
    type: ChangeType
    data: msgspec.Raw | Any


class Page(msgspec.Struct, frozen=True):
    """A page of a list. `next` is the cursor of the next page, None at the end."""

    items: list[Any]
    next: str | None
    total: int | None
    seq: int
