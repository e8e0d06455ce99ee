"""`corgea-tui tail`: the live feed as lines."""

import click

from corgea_tui.cli.completion import filters
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.live.following import Follower
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.client.api_call import RawChange, decode
from corgea_tui.text.feed_lines import head, line, webhook_line
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import why
from daemon.domain.filters.tokens import tokens
from daemon.protocol import Delivery, Webhook

EXAMPLE = """
corgea-tui tail status:failed since:1h
corgea-tui tail webhook:'Jira tickets' -type:user.* --since 1h
corgea-tui tail http:5xx --json | jq .error.message
"""

REMEMBERED = 10_000
"""Deliveries whose last printed outcome is kept; more than can be pending at once."""


@click.command("tail", cls=FilterVerb, example=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@click.option("--since", metavar="T", help="Begin in the past: 15m, 1h, or a time; like since:T.")
@pass_command_context
def tail(context: CommandContext, *, words: tuple[str, ...], since: str | None) -> None:
    """Follow deliveries as they happen, one line for each outcome.

    It continues after restarts of the daemon and lost connections. It reports gaps on stderr.
    With --json it prints a line for every change of a delivery.
    """
    text = filter_text(words)
    follower = Follower(context.another_client(), text)
    feed = TailFeed(context, webhooks=text is None, width=context.out.width)
    if context.out.terminal and not context.json:
        context.out.line(head(context.out.width, context.out.paint))
    if past := _past(text, since):
        for change in follower.past(past):
            feed.show(change)
    for item in follower.changes():
        if isinstance(item, RawChange):
            feed.show(item)
        elif item.kind != "open":
            context.out.note(f"{context.now.astimezone():%H:%M:%S} {safe_line(item.text)}", "warn")
        elif context.out.err_terminal:
            context.out.note(item.text, "quiet")


def _past(text: str | None, since: str | None) -> str | None:
    """The filter for past deliveries, from `--since` or a `since:` in `text`; None: begin now."""
    if since is not None:
        return " ".join(filter(None, [text, f"since:{since}"]))
    has_since = any(token.key == "since" for token in tokens(text or ""))
    return text if has_since else None


class TailFeed:
    """Prints each outcome once; other changes of a delivery are not printed."""

    def __init__(self, context: CommandContext, *, webhooks: bool, width: int | None) -> None:
        """`webhooks`: print paused and activated webhooks too; `width` None: cut nothing."""
        self._context = context
        self._webhooks = webhooks
        self._width = width
        self._printed: dict[str, tuple[str, int]] = {}
        self._states: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        """The reason of each webhook's last failure, which is not printed a second time."""

    def show(self, change: RawChange) -> None:
        """Print a change if it is a new outcome."""
        if change.type == "delivery":
            if self._context.json:
                self._context.out.json(change.data)
            else:
                self._delivery(decode(change.data, Delivery, "a delivery"))
        elif change.type == "webhook" and self._webhooks and not self._context.json:
            self._webhook(decode(change.data, Webhook, "a webhook"))

    def _delivery(self, delivery: Delivery) -> None:
        outcome = (delivery.status, delivery.attempt)
        new = self._printed.get(delivery.id) != outcome
        between = delivery.status == "pending" and (delivery.in_flight or not delivery.attempt)
        if between or not new:
            return
        self._remember(delivery.id, outcome)
        out, reason = self._context.out, why(delivery).text
        new_reason = self._reasons.get(delivery.webhook_id) != reason
        if reason and delivery.status != "pending":
            self._reasons[delivery.webhook_id] = reason
        out.line(line(delivery, self._context.now, self._width, out.paint, explain=new_reason))

    def _remember(self, identity: str, outcome: tuple[str, int]) -> None:
        self._printed[identity] = outcome
        if len(self._printed) > REMEMBERED:
            self._printed.pop(next(iter(self._printed)))

    def _webhook(self, webhook: Webhook) -> None:
        before = self._states.get(webhook.id, "active")
        self._states[webhook.id] = webhook.state
        if webhook.state != before:
            out = self._context.out
            out.line(webhook_line(webhook, self._context.now, self._width, out.paint))
