"""What `emit` says of each event, and of its deliveries when it waits for them."""

import time
from collections.abc import Callable

import msgspec

from corgea_tui.cli.session import Session
from corgea_tui.output import show
from corgea_tui.output_feed import EVENT
from corgea_tui.output_feed import line as feed_line
from corgea_tui.output_table import pad
from corgea_tui.output_words import count
from corgea_tui.sending import Sent
from corgea_tui.waiting import Waiter
from daemon.wire import Accepted, Delivery


class _Typed(msgspec.Struct):
    event_type: str = "event"


class Report:
    """Counts, and writes a line an event unless there are many."""

    def __init__(self, session: Session, *, each: bool) -> None:
        """`each`: write a line for every event; else only refusals and the sum."""
        self._session = session
        self._out = session.out
        self._each = each
        self._started = time.monotonic()
        self.accepted = self.refused = self.duplicates = self.deliveries = 0
        self.unwanted: list[str] = []
        """Ids of events that no webhook wanted."""
        self.delivery_ids: set[str] = set()

    def sent(self, sent: Sent) -> None:
        """One event was answered."""
        if self._session.json:
            self._out.json(sent.raw)
        if sent.accepted is not None:
            self._count(sent.accepted, sent.line.text)
            return
        self.refused += 1
        if sent.problem is not None:
            problem = sent.problem
            self._out.note(
                f"line {sent.line.number}: {show(problem.detail or problem.title)}", "bad"
            )
            for field in problem.errors:
                self._out.note(f"  {show(field.field)}: {show(field.message)}")

    def _count(self, accepted: Accepted, event: bytes) -> None:
        self.accepted += 1
        self.duplicates += accepted.duplicate
        self.deliveries += len(accepted.deliveries)
        self.delivery_ids.update(ref.id for ref in accepted.deliveries)
        if not accepted.deliveries:
            self.unwanted.append(accepted.event_id)
        if self._each and not self._session.json:
            kind = msgspec.json.decode(event, type=_Typed).event_type
            self._out.line(self._said(accepted, kind))

    def _said(self, accepted: Accepted, kind: str) -> str:
        paint = self._out.paint
        name = paint(pad(show(kind), EVENT), "strong")
        start = f"{name}  {paint(show(accepted.event_id), 'quiet')}  "
        if accepted.duplicate:
            return f"{start}{paint('taken in before: nothing is sent twice', 'warn')}"
        if not accepted.deliveries:
            return f"{start}{paint('accepted, but no webhook wanted it', 'warn')}"
        return f"{start}accepted for {count(len(accepted.deliveries), 'webhook')}"

    def close(self) -> None:
        """The sum, when there were many; what to do when no webhook wanted any."""
        if not self._each and not self._session.json:
            took = time.monotonic() - self._started
            parts = [f"{count(self.accepted, 'event')} accepted"]
            parts += [f"{self.duplicates:,} taken in before"] if self.duplicates else []
            parts += [f"{self.refused:,} refused"] if self.refused else []
            parts += [count(self.deliveries, "delivery", "deliveries")]
            self._out.line(f"{', '.join(parts)} in {took:.1f} s")
        if self.unwanted and not self.deliveries:
            self._out.note(f"why: corgea-tui events explain {show(self.unwanted[0])}", "quiet")


def send_and_wait(
    session: Session, send: Callable[[], None], report: Report, timeout: float
) -> bool:
    """Send, then follow the deliveries to their end; whether all of them succeeded."""
    with session.another_client() as client:
        waiter = Waiter(client)

        def started() -> None:
            send()
            waiter.pending.update(report.delivery_ids)

        good = True
        for delivery in waiter.results(started, time.monotonic() + timeout):
            good = good and delivery.status == "succeeded"
            _tell(session, delivery)
        for identity in sorted(waiter.pending):
            good = False
            _still_pending(session, identity, timeout)
    for identity in report.unwanted:
        session.out.note(f"no webhook wanted {show(identity)}", "bad")
    return good and not report.unwanted


def _tell(session: Session, delivery: Delivery) -> None:
    """The outcome is a message: with `--json`, stdout holds the API's answers alone."""
    out = session.out
    if session.json:
        text = feed_line(delivery, session.now, None, out.paint_err)
        out.note(text)
    else:
        out.line(feed_line(delivery, session.now, out.width, out.paint))


def _still_pending(session: Session, identity: str, timeout: float) -> None:
    delivery = session.client.get(f"/v1/deliveries/{identity}", Delivery)
    out = session.out
    out.note(f"not done after {timeout:g} s:", "bad")
    out.note(feed_line(delivery, session.now, None, out.paint_err))
