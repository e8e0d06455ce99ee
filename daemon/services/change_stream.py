"""The stream of changes: from each commit to whoever watches (interfaces.md, `/v1/watch`).

Thousands of changes a second may be published. With nobody watching, one costs an assignment;
otherwise changes of one object merge while they wait, and nobody is written to more than `FLUSHES`
times a second. Watchers that keep up and see the same share the bytes, too: what was published
between two flushes is put into lines once, all in one go. A watcher that does not keep up is told
that it missed something and holds nobody up.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from daemon.protocol import Change, ChangeType

FLUSHES = 20
"""How often a second changes are handed on while they keep coming; the first goes at once."""
MOST_WAITING = 10_000
"""Objects that may wait for one watcher; one more and it gets a gap."""

_MOMENT = 0.005
_PATIENCE = 400

Make = Callable[[Any, bool], Any]
"""Makes the object, of what has changed, as it is sent: True with URLs, False as viewers see it."""
Wants = Callable[[ChangeType, Any], bool]
_Key = tuple[ChangeType, str]

_seq = attrgetter("seq")
_encoder = msgspec.json.Encoder()


class Published(msgspec.Struct, gc=False):
    """One changed object on its way to watchers, made at most once for each view."""

    seq: int
    type: ChangeType
    name: str
    make: Make
    what: Any
    _whole: Any = None
    _shortened: Any = None

    @property
    def key(self) -> _Key:
        """What tells this object from others."""
        return self.type, self.name

    def object(self, urls: bool) -> Any:  # noqa: FBT001  # the key of a view
        """The whole object."""
        if urls:
            if self._whole is None:
                self._whole = self.make(self.what, True)
            return self._whole
        if self._shortened is None:
            self._shortened = self.make(self.what, False)
        return self._shortened


def as_it_is(what: Any, _urls: bool) -> Any:  # noqa: FBT001  # a `Make`
    """Makes nothing: what has changed is the object."""
    return what


class ChangeBatch:
    """Changes that go out together, each object once; put into lines once for each view."""

    def __init__(self, changes: Mapping[_Key, Published]) -> None:
        self.changes = changes
        self._lines: dict[bool, bytes] = {}

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Published]:
        return iter(sorted(self.changes.values(), key=_seq))

    def lines(self, urls: bool) -> bytes:  # noqa: FBT001  # the key of a view
        """The lines of the stream, in order."""
        lines = self._lines.get(urls)
        if lines is None:
            # In one go: line by line takes twice the time.
            shown = [Change(each.seq, each.type, each.object(urls)) for each in self]
            lines = self._lines[urls] = _encoder.encode_lines(shown)
        return lines

    def only(self, wanted: Callable[[Published], bool]) -> "ChangeBatch":
        """What of it is wanted."""
        return ChangeBatch({key: each for key, each in self.changes.items() if wanted(each)})

    def wanted(self, wants: Wants | None, *, urls: bool) -> "ChangeBatch":
        """What of it a watcher wants, who sees the objects with URLs or without."""
        if wants is None:
            return self
        return self.only(lambda change: wants(change.type, change.object(urls)))

    def followed_by(self, later: "ChangeBatch") -> "ChangeBatch":
        """Both together; of an object that is in both the later state."""
        return ChangeBatch({**self.changes, **later.changes}) if self.changes else later


NOTHING = ChangeBatch({})


def line_of(seq: int, type_: ChangeType, data: Any) -> bytes:
    """One line of `/v1/watch`."""
    return _encoder.encode(Change(seq, type_, data)) + b"\n"


class ChangeSubscription:
    """What waits for one watcher: the latest state of each object once."""

    def __init__(self, hub: "ChangeHub", wants: Wants | None, *, urls: bool) -> None:
        self._hub = hub
        self._wants = wants
        self._urls = urls
        self._waiting = NOTHING
        self._missed = False
        self._news = asyncio.Event()
        self.position = hub.seq
        """Every change up to this one has been taken, merged into a later one, or is not wanted."""
        self._offered = self._taken = hub.seq

    def offer(self, batch: ChangeBatch, seq: int) -> None:
        """Take what is wanted of `batch`, which reaches up to change `seq`."""
        self._offered = seq
        if self._missed:
            return
        self._waiting = self._waiting.followed_by(batch.wanted(self._wants, urls=self._urls))
        if len(self._waiting) > MOST_WAITING:
            self.miss()
        elif self._waiting:
            self._news.set()
        else:
            self.position = seq

    def miss(self) -> None:
        """Forget what waits and have the watcher told that it missed something."""
        self._waiting = NOTHING
        self._missed = True
        self._news.set()

    def wake(self) -> None:
        """End the wait of `news`, e.g. because the watcher has gone."""
        self._news.set()

    async def news(self, seconds: float) -> None:
        """Return when something waits, or after `seconds`."""
        if not self._news.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return

    def take(self, above: int = 0) -> ChangeBatch | None:
        """What waits, but for changes up to number `above`, which the watcher has. None: a gap."""
        self._news.clear()
        before, self._taken = self._taken, self._offered
        self.position = max(self._offered, above)
        if self._missed:
            self._missed = False
            return None
        taken, self._waiting = self._waiting, NOTHING
        # What waits is later than all that was taken before: the bytes stay shared.
        return taken if above <= before else taken.only(lambda change: change.seq > above)

    def close(self) -> None:
        """Take no more, and hold nothing more. Safe to call twice."""
        self._hub.unsubscribe(self)
        self._waiting = NOTHING


class ChangeHub:
    """Hands changes from the writer's commits to watchers. Everything runs on the loop's thread."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        """The number of the last change that was published; at start, of the last in the store."""
        self._subscriptions: list[ChangeSubscription] = []
        self._fresh: dict[_Key, Published] = {}
        self._flush_at: asyncio.TimerHandle | None = None
        self._flushed = 0.0

    def publish(self, seq: int, type_: ChangeType, key: str, make: Make, what: Any) -> None:
        """Tell that the object `key` has changed, in the order of `seq`, after the commit.

        It is made of `what` by `make`, once somebody is to see it.
        """
        self.seq = max(self.seq, seq)
        if not self._subscriptions:
            return
        self._fresh[type_, key] = Published(seq, type_, key, make, what)
        if self._flush_at is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._flushed + 1 / FLUSHES)
            self._flush_at = loop.call_at(due, self._flush)

    async def told(self, seq: int) -> None:
        """Wait until every change up to number `seq` has been told here.

        A reader can see a commit a moment before the loop is told of it, and what is in memory of
        webhooks is as old as what has been told.
        """
        for _ in range(_PATIENCE):
            if self.seq >= seq:
                return
            await asyncio.sleep(_MOMENT)

    def subscribe(self, wants: Wants | None, *, urls: bool) -> ChangeSubscription:
        """Watch from now on. `wants` sees each object as the watcher would; None: everything."""
        self._flush_now()
        subscription = ChangeSubscription(self, wants, urls=urls)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: ChangeSubscription) -> None:
        """Forget a watcher."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """Hand nothing on any more."""
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None
        self._fresh.clear()

    def _flush_now(self) -> None:
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush()

    def _flush(self) -> None:
        self._flush_at = None
        self._flushed = asyncio.get_running_loop().time()
        batch, self._fresh = ChangeBatch(self._fresh), {}
        for subscription in self._subscriptions:
            subscription.offer(batch, self.seq)
