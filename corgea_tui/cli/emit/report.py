"""The output of `emit`: a line for each event, and the outcomes of its deliveries."""

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from corgea_tui.cli.context import CommandContext
from corgea_tui.cli.emit.sending import SentEvent
from corgea_tui.cli.live.waiting import outcome_line, wait_for
from corgea_tui.text.feed_lines import EVENT
from corgea_tui.text.feed_lines import line as feed_line
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import pad
from corgea_tui.text.words import count
from daemon.protocol import Accepted, Delivery


class _EventTyped(msgspec.Struct):
    event_type: str = "event"


class EmitReport:
    """Counts the answers, and prints a line for each event unless there are many."""

    def __init__(self, context: CommandContext, *, each: bool) -> None:
        """`each`: print a line for every event; else only refusals and the totals."""
        self._context = context
        self._out = context.out
        self._each = each
        self._started = time.monotonic()
        self.accepted = self.refused = self.duplicates = self.deliveries = 0
        self.unmatched: list[str] = []
        """Ids of events that matched no webhook."""
        self.delivery_ids: set[str] = set()
        self.outcomes: Counter[str] = Counter()
        """The outcomes of the awaited deliveries."""
        self._waited = False

    @property
    def good(self) -> bool:
        """Whether all events were accepted and, with a wait, matched and delivered."""
        failed = self.outcomes.total() - self.outcomes["succeeded"]
        return not self.refused and not failed and not (self._waited and self.unmatched)

    def sent(self, sent: SentEvent) -> None:
        """Count and print the answer to an event."""
        if self._context.json:
            self._out.json(sent.raw)
        if sent.accepted is not None:
            self._count(sent.accepted, sent.line.text)
            return
        self.refused += 1
        if sent.problem is not None:
            problem = sent.problem
            self._out.note(
                f"line {sent.line.number}: {safe_line(problem.detail or problem.title)}", "bad"
            )
            for field in problem.errors:
                self._out.note(f"  {safe_line(field.field)}: {safe_line(field.message)}")

    def ended(self, delivery: Delivery) -> None:
        """Count and print an awaited delivery that has ended or timed out."""
        self._waited = True
        self.outcomes[delivery.status] += 1
        if not self._each and delivery.status == "succeeded":
            return
        out = self._out
        if self._context.json:  # stdout holds only the API's answers
            out.note(feed_line(delivery, self._context.now, None, out.paint_err))
        else:
            out.line(outcome_line(self._context, delivery))

    def waited(self) -> None:
        """Print the events that matched no webhook, at the end of the wait."""
        self._waited = True
        for identity in self.unmatched:
            self._out.note(f"no webhook matched {safe_line(identity)}", "bad")

    def _count(self, accepted: Accepted, event: bytes) -> None:
        self.accepted += 1
        self.duplicates += accepted.duplicate
        self.deliveries += len(accepted.deliveries)
        self.delivery_ids.update(ref.id for ref in accepted.deliveries)
        if not accepted.deliveries:
            self.unmatched.append(accepted.event_id)
        if self._each and not self._context.json:
            kind = msgspec.json.decode(event, type=_EventTyped).event_type
            self._out.line(self._accepted_line(accepted, kind))

    def _accepted_line(self, accepted: Accepted, kind: str) -> str:
        paint = self._out.paint
        name = paint(pad(safe_line(kind), EVENT), "strong")
        start = f"{name}  {paint(safe_line(accepted.event_id), 'quiet')}  "
        if accepted.duplicate:
            return f"{start}{paint('duplicate: accepted before, not sent again', 'warn')}"
        if not accepted.deliveries:
            return f"{start}{paint('accepted, but no webhook matched it', 'warn')}"
        return f"{start}accepted for {count(len(accepted.deliveries), 'webhook')}"

    def close(self) -> None:
        """Print the totals of many events, and a hint when no event matched a webhook."""
        if not self._each and not self._context.json:
            took = time.monotonic() - self._started
            parts = [f"{count(self.accepted, 'event')} accepted"]
            parts += [f"{self.duplicates:,} accepted before"] if self.duplicates else []
            parts += [f"{self.refused:,} refused"] if self.refused else []
            parts += [count(self.deliveries, "delivery", "deliveries")]
            parts += [f"{number:,} {status}" for status, number in self.outcomes.items()]
            self._out.line(f"{', '.join(parts)} in {took:.1f} s")
        if self.unmatched and not self.deliveries:
            self._out.note(
                f"why: corgea-tui events explain {safe_line(self.unmatched[0])}", "quiet"
            )


def send_and_wait(
    context: CommandContext, send: Callable[[], None], report: EmitReport, timeout: float
) -> None:
    """Send the events, follow their deliveries to the end, and report the outcomes."""

    def start() -> dict[str, int]:
        send()
        return dict.fromkeys(report.delivery_ids, 0)

    wait_for(context, start, timeout, report.ended)
    report.waited()
