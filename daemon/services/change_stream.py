"""The stream of changes: from each commit to the watchers of `/v1/watch` (interfaces.md).

The store numbers every change of a delivery, event, webhook or job: its `seq`. After each commit
the commit handlers call `ChangeHub.publish` for every changed object, then `ChangeHub.advance` with
the number up to which all are handled. A watcher takes the changes of its `ChangeSubscription`:

    commit 1:  publish 8 delivery A (pending), publish 9 delivery B (pending), advance 9
    commit 2:  publish 10 delivery A (succeeded), advance 10

    a watcher that takes after each commit:   8 A pending, 9 B pending;   10 A succeeded
    a watcher that takes once, after both:    9 B pending, 10 A succeeded

- Changes of one object *merge* while they wait: a watcher gets the newest state of each object,
  once, in the order of the numbers. The first change goes out at once, further ones at most
  `FLUSHES` times a second. Without a watcher, a change costs one comparison.
- A watcher for which more than `MOST_WAITING` objects wait gets a *gap* instead of them: it missed
  something and reads the lists again. It delays neither delivery nor other watchers.
- An object is made for watchers at most once per *view* (with full URLs, or with masked ones).
  Watchers that keep up and see the same view share the encoded bytes.

A reader of the database can see a commit some microseconds before its facts are handled on the
loop. Before what was read is presented, `ChangeHub.reached` waits for the number of its snapshot.

Everything here runs on the loop's thread.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from daemon.protocol import Change, ChangeType
from daemon.protocol.refusal import Refusal, unavailable

FLUSHES = 20
"""How often a second the watchers get a batch while changes keep coming."""
MOST_WAITING = 10_000
"""Objects that may wait for one watcher; with more, it gets a gap."""
REACH_SECONDS = 5.0
"""Seconds in which a commit that a reader has seen must be handled on the loop."""

MakeView = Callable[[Any, bool], Any]
"""Makes the object to send from a changed record: True with full URLs, False with masked ones."""
ChangeFilter = Callable[[ChangeType, Any], bool]
"""Whether a change passes a watcher's filter: its type, and the object in the watcher's view."""
_Key = tuple[ChangeType, str]

_by_seq = attrgetter("seq")
_encoder = msgspec.json.Encoder()


class PublishedChange(msgspec.Struct, gc=False):
    """The change of one object; the object is made at most once for each view."""

    seq: int
    type: ChangeType
    id: str
    make: MakeView
    source: Any
    _whole: Any = None
    _masked: Any = None

    @property
    def key(self) -> _Key:
        """The identity of the object: changes with one key merge."""
        return self.type, self.id

    def view(self, urls: bool) -> Any:  # noqa: FBT001  # the key of a view
        """The object, with full URLs or with masked ones."""
        if urls:
            if self._whole is None:
                self._whole = self.make(self.source, True)
            return self._whole
        if self._masked is None:
            self._masked = self.make(self.source, False)
        return self._masked


def same_view(source: Any, _urls: bool) -> Any:  # noqa: FBT001  # a `MakeView`
    """The `MakeView` of objects that are the same for every watcher, e.g. jobs."""
    return source


class ChangeBatch:
    """Changes that go out together, each object once; encoded once for each view."""

    def __init__(self, changes: Mapping[_Key, PublishedChange]) -> None:
        self.changes = changes
        self._lines: dict[bool, bytes] = {}

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[PublishedChange]:
        return iter(sorted(self.changes.values(), key=_by_seq))

    def lines(self, urls: bool) -> bytes:  # noqa: FBT001  # the key of a view
        """The lines of the stream, in the order of the numbers."""
        lines = self._lines.get(urls)
        if lines is None:
            # All together: encoding line by line takes twice the time.
            changes = [Change(each.seq, each.type, each.view(urls)) for each in self]
            lines = self._lines[urls] = _encoder.encode_lines(changes)
        return lines

    def only(self, condition: Callable[[PublishedChange], bool]) -> "ChangeBatch":
        """The changes for which `condition` holds."""
        return ChangeBatch({key: each for key, each in self.changes.items() if condition(each)})

    def filtered(self, passes: ChangeFilter | None, *, urls: bool) -> "ChangeBatch":
        """The changes that pass a watcher's filter; `urls`: it sees full URLs, not masked ones."""
        if passes is None:
            return self
        return self.only(lambda change: passes(change.type, change.view(urls)))

    def followed_by(self, later: "ChangeBatch") -> "ChangeBatch":
        """Both batches merged; an object in both has its later state."""
        return ChangeBatch({**self.changes, **later.changes}) if self.changes else later


NO_CHANGES = ChangeBatch({})


def line_of(seq: int, type_: ChangeType, data: Any) -> bytes:
    """One line of `/v1/watch`."""
    return _encoder.encode(Change(seq, type_, data)) + b"\n"


class ChangeSubscription:
    """The changes that wait for one watcher: the newest state of each changed object."""

    def __init__(self, hub: "ChangeHub", passes: ChangeFilter | None, *, urls: bool) -> None:
        self._hub = hub
        self._passes = passes
        self._urls = urls
        self._waiting = NO_CHANGES
        self._missed = False
        self._wake_event = asyncio.Event()
        self.position = hub.seq
        """Every change up to this number has been taken, merged or filtered out."""
        self._offered = self._taken = hub.seq

    def offer(self, batch: ChangeBatch, seq: int) -> None:
        """Add the changes of `batch` that pass the filter; it reaches up to change `seq`."""
        self._offered = seq
        if self._missed:
            return
        self._waiting = self._waiting.followed_by(batch.filtered(self._passes, urls=self._urls))
        if len(self._waiting) > MOST_WAITING:
            self._waiting = NO_CHANGES
            self._missed = True
            self._wake_event.set()
        elif self._waiting:
            self._wake_event.set()
        else:
            self.position = seq

    def wake(self) -> None:
        """End a `wait`, e.g. because the watcher has disconnected."""
        self._wake_event.set()

    async def wait(self, seconds: float) -> None:
        """Return when changes or a gap wait, after `wake`, or after `seconds`."""
        if not self._wake_event.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._wake_event.wait()
            except TimeoutError:
                return

    def take(self, above: int = 0) -> ChangeBatch | None:
        """Take the waiting changes; returns None for a gap.

        Changes up to number `above` are left out: the watcher has them from the store.
        """
        self._wake_event.clear()
        before, self._taken = self._taken, self._offered
        self.position = max(self._offered, above)
        if self._missed:
            self._missed = False
            return None
        taken, self._waiting = self._waiting, NO_CHANGES
        # Waiting changes are later than those taken before, so usually all of them stay, and the
        # encoded bytes remain shared.
        return taken if above <= before else taken.only(lambda change: change.seq > above)

    def close(self) -> None:
        """Drop waiting changes and get no further ones. Safe to call twice."""
        self._hub.unsubscribe(self)
        self._waiting = NO_CHANGES


class ChangeHub:
    """Publishes the changes of the writer's commits to the watchers."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        """The number up to which changes are handled; at the start, the last one in the store."""
        self._subscriptions: list[ChangeSubscription] = []
        self._unflushed: dict[_Key, PublishedChange] = {}
        self._flush_at: asyncio.TimerHandle | None = None
        self._flushed = 0.0
        self._reaching: dict[asyncio.Future[None], int] = {}
        """A future for each caller that waits until a number is reached."""
        self._closed = False

    def publish(self, seq: int, type_: ChangeType, id_: str, make: MakeView, source: Any) -> None:
        """Publish a committed change of the object `id_`; called in the order of `seq`.

        `make` makes the object to send from `source`, when a watcher needs it.
        """
        if not self._subscriptions:
            return
        self._unflushed[type_, id_] = PublishedChange(seq, type_, id_, make, source)
        if self._flush_at is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._flushed + 1 / FLUSHES)
            self._flush_at = loop.call_at(due, self._flush)

    def advance(self, seq: int) -> None:
        """Record that all changes up to `seq` are handled, and resolve the futures up to it."""
        self.seq = seq
        if self._reaching:
            for future, number in self._reaching.items():
                if number <= seq and not future.done():
                    future.set_result(None)

    async def reached(self, seq: int) -> None:
        """Return when the facts of every change up to number `seq` have been handled.

        Raises Refusal (503) when that takes longer than `REACH_SECONDS`, or the daemon stops: what
        is in memory would be older than what was read.
        """
        if self.seq >= seq:
            return
        if self._closed:
            raise _not_reached(seq)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reaching[future] = seq
        try:
            async with asyncio.timeout(REACH_SECONDS):
                await future
        except TimeoutError:
            raise _not_reached(seq) from None
        finally:
            del self._reaching[future]

    def subscribe(self, passes: ChangeFilter | None, *, urls: bool) -> ChangeSubscription:
        """Watch from now on. `passes` None: every change. `urls`: the watcher sees full URLs."""
        self._flush_now()
        subscription = ChangeSubscription(self, passes, urls=urls)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: ChangeSubscription) -> None:
        """Publish no further changes to this watcher."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """Publish no further changes, and refuse the callers that wait for a number."""
        self._closed = True
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None
        self._unflushed.clear()
        for future, seq in self._reaching.items():
            if not future.done():
                future.set_exception(_not_reached(seq))

    def _flush_now(self) -> None:
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush()

    def _flush(self) -> None:
        self._flush_at = None
        self._flushed = asyncio.get_running_loop().time()
        batch, self._unflushed = ChangeBatch(self._unflushed), {}
        for subscription in self._subscriptions:
            subscription.offer(batch, self.seq)


def _not_reached(seq: int) -> Refusal:
    return unavailable(
        f"change {seq} is on disk, and the daemon has not handled it yet: it is overloaded or"
        " stopping; try again"
    )
