"""Starting deliveries and waiting for how they end."""

import time
from collections.abc import Callable, Mapping

from corgea_tui.cli.session import CommandContext
from corgea_tui.cli.waiting import Waiter
from corgea_tui.client import calls
from corgea_tui.text.feed_lines import line
from daemon.protocol import Delivery


def to_the_end(
    session: CommandContext,
    start: Callable[[], Mapping[str, int]],
    timeout: float,
    ended: Callable[[Delivery], None],
) -> None:
    """Call `start`, then `ended` with each delivery as it is done, or as it is after `timeout`.

    `start` gives the ids that are waited for, each with the number of the attempt that may end it
    at soonest (0: any).
    """
    with session.another_client() as client:
        waiter = Waiter(client)
        deadline = time.monotonic() + timeout
        for delivery in waiter.results(lambda: waiter.pending.update(start()), deadline):
            ended(delivery)
        if waiter.pending:
            session.out.note(f"not done after {timeout:g} s:", "bad")
        for identity in sorted(waiter.pending):
            ended(session.client.send(calls.delivery(identity)))


def outcome_line(session: CommandContext, delivery: Delivery) -> str:
    """The delivery as a line of the feed, for stdout."""
    return line(delivery, session.now, session.out.width, session.out.paint)
