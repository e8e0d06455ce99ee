"""Waits until deliveries have ended, also across a restart of the daemon."""

import time
from collections.abc import Callable, Iterator, Mapping

from corgea_tui.cli.context import CommandContext
from corgea_tui.client import calls
from corgea_tui.client.api_call import decode, decode_change
from corgea_tui.client.errors import NOT_FOUND, NotUnderstood, Refused, Unreachable
from corgea_tui.client.lean_client import STREAM_TIMEOUT, LeanClient
from corgea_tui.client.lean_http import HttpResponse, ResponseTimeout
from corgea_tui.text.feed_lines import line
from daemon.protocol import Delivery

POLL_SECONDS = 0.5


class Waiter:
    """Follows the stream of changes, which opens before the events are sent: it misses nothing."""

    def __init__(
        self,
        client: LeanClient,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`client` is used only for the stream."""
        self._client = client
        self._clock = clock
        self._pause = pause
        self.pending: dict[str, int] = {}
        """Ids of the awaited deliveries, each with the first attempt that may end it. An outcome
        of an earlier attempt is older than the retry."""

    def results(self, started: Callable[[], None], deadline: float) -> Iterator[Delivery]:
        """Each delivery as it ends, until none is pending or `deadline` (monotonic) passes.

        `started` is called once, when the stream is open: it sends the events and fills `pending`.
        Raises `Unreachable` when the daemon stopped and did not come back in time.
        """
        lost: Unreachable | None = None
        try:
            with self._client.stream(calls.changes()) as answer:
                started()
                yield from self._follow(answer, deadline)
        except NotUnderstood:
            raise
        except Unreachable as error:
            if not self.pending:
                raise
            lost = error
        while self.pending and (left := deadline - self._clock()) > 0:
            try:
                yield from self._poll()
                lost = None
            except NotUnderstood:
                raise
            except Unreachable as error:
                lost = error
            if self.pending:
                self._pause(min(POLL_SECONDS, left))
        if lost is not None:
            raise lost

    def _follow(self, answer: HttpResponse, deadline: float) -> Iterator[Delivery]:
        """Yield until all have ended, the deadline passes, or the stream has a gap."""
        lines = answer.lines()
        while self.pending and (left := deadline - self._clock()) > 0:
            answer.set_timeout(min(left, STREAM_TIMEOUT))
            try:
                line = next(lines, None)
            except ResponseTimeout:
                return
            if line is None:
                return
            if not line:
                continue
            change = decode_change(line)
            if change.type == "gap":
                return
            if change.type == "delivery":
                yield from self._ended(decode(change.data, Delivery, "a delivery"))

    def _ended(self, delivery: Delivery) -> Iterator[Delivery]:
        first = self.pending.get(delivery.id)
        if first is None or delivery.status == "pending":
            return
        if delivery.attempt >= first or delivery.status == "discarded":
            del self.pending[delivery.id]
            yield delivery

    def _poll(self) -> Iterator[Delivery]:
        """Request each pending delivery, because the stream ended or has a gap."""
        for identity in sorted(self.pending):
            delivery = self._one(identity)
            if delivery is None:
                del self.pending[identity]
            else:
                yield from self._ended(delivery)

    def _one(self, identity: str) -> Delivery | None:
        try:
            return self._client.send(calls.delivery(identity))
        except Refused as refused:
            if refused.status == NOT_FOUND:  # deleted meanwhile
                return None
            raise


def wait_for(
    context: CommandContext,
    start: Callable[[], Mapping[str, int]],
    timeout: float,
    ended: Callable[[Delivery], None],
) -> None:
    """Call `start`, then `ended` with each delivery when it ends, or after `timeout` seconds.

    `start` returns the ids of the deliveries, each with the number of the first attempt that may
    end it (0: any).
    """
    with context.another_client() as client:
        waiter = Waiter(client)
        deadline = time.monotonic() + timeout
        for delivery in waiter.results(lambda: waiter.pending.update(start()), deadline):
            ended(delivery)
        if waiter.pending:
            context.out.note(f"not ended after {timeout:g} s:", "bad")
        for identity in sorted(waiter.pending):
            ended(context.client.send(calls.delivery(identity)))


def outcome_line(context: CommandContext, delivery: Delivery) -> str:
    """The delivery as a line of the feed, for stdout."""
    return line(delivery, context.now, context.out.width, context.out.paint)
