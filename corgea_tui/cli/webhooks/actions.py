"""`corgea-tui webhooks pause`, `activate`, `remove`, `test` and `replay`."""

from collections.abc import Callable
from functools import partial

import click

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.deliveries.attempts import attempt_lines
from corgea_tui.cli.live.jobs import follow
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.common import webhook_argument, webhook_arguments
from corgea_tui.client import calls
from corgea_tui.client.api_call import ApiCall
from corgea_tui.client.errors import FAILED
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import count
from daemon.protocol import WebhookSaved


@verb("pause", example="corgea-tui webhooks pause 'Jira tickets'")
@webhook_arguments
@pass_command_context
def pause(context: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Pause webhooks. Their pending deliveries are discarded and can be replayed later."""
    _each(context, webhooks, calls.pause)


@verb("activate", example="corgea-tui webhooks activate 'Jira tickets'")
@webhook_arguments
@pass_command_context
def activate(context: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Resume sending to paused webhooks, and reset their count of consecutive failures.

    What they missed is not sent by itself; see corgea-tui webhooks replay.
    """
    _each(context, webhooks, calls.activate)


def _each(
    context: CommandContext, names: tuple[str, ...], action: Callable[[str], ApiCall[WebhookSaved]]
) -> None:
    found = [context.client.webhook(name).id for name in names]  # an unknown name changes nothing
    for identity in found:
        webhook, paint = context.fetch(action(identity)), context.out.paint
        if webhook is None:
            continue
        word = paint("‖ paused", "warn") if webhook.state == "paused" else paint("● active", "good")
        context.out.line(f"{word}  {safe_line(webhook.name)}")
        missed = webhook.statistics.discarded
        if webhook.state == "active" and missed:
            hint = f"{missed:,} of its deliveries were discarded; to send them again:"
            context.out.note(f"{hint} corgea-tui webhooks replay {_shell_quoted(webhook.name)}")


def _shell_quoted(name: str) -> str:
    """A name quoted for a shell."""
    import shlex

    return shlex.quote(safe_line(name))


@verb("remove", example="corgea-tui webhooks remove 'Jira tickets'")
@webhook_arguments
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_command_context
def remove(context: CommandContext, *, webhooks: tuple[str, ...], yes: bool) -> None:
    """Remove webhooks, by name or id. Pending deliveries are discarded; the history stays."""
    found = [context.client.webhook(name) for name in webhooks]
    pending = sum(webhook.statistics.pending for webhook in found)
    names = ", ".join(safe_line(webhook.name) for webhook in found)
    if pending or len(found) > 1:
        waiting = f" and discard {count(pending, 'delivery', 'deliveries')}" if pending else ""
        context.confirm(f"Remove {names}{waiting}?", yes=yes)
    for webhook in found:
        context.client.send(calls.delete_webhook(webhook.id, webhook.version))
        if context.json:
            context.out.json({"id": webhook.id, "name": webhook.name, "removed": True})
        else:
            context.out.line(f"removed {context.out.paint(safe_line(webhook.name), 'strong')}")


@verb("test", example="corgea-tui webhooks test 'Jira tickets'")
@webhook_argument
@pass_command_context
def test_webhook(context: CommandContext, *, webhook: str) -> None:
    """Send one test event to a webhook, also while it is paused, and print the answer.

    It exits 1 when the receiver did not accept it.
    """
    found = context.client.webhook(webhook)
    call, out = calls.send_test(found.id), context.out
    raw = context.client.send_raw(call)
    tested = call.decode(raw)
    if context.json:
        out.json(raw)
    else:
        good = tested.attempt.error is None
        word = out.paint("✔ accepted", "good") if good else out.paint("✖ not accepted", "bad")
        out.line(f"{word} by {out.paint(safe_line(found.name), 'strong')}")
        out.lines(attempt_lines(tested.attempt, out.width, out.paint))
        out.note(f"delivery {safe_line(tested.delivery_id or '')}", "quiet")
    if tested.attempt.error is not None:
        click.get_current_context().exit(FAILED)


REPLAY_EXAMPLE = """
corgea-tui webhooks replay 'Jira tickets' --since 2h --dry-run
corgea-tui webhooks replay 'Jira tickets' --since 2025-01-15T14:00 --until 2025-01-15T16:00 --yes
"""


@verb("replay", example=REPLAY_EXAMPLE)
@webhook_argument
@click.option("--since", required=True, metavar="T", help="Replay from then on: 2h, or a time.")
@click.option("--until", metavar="T", help="Replay up to then.  [default: now]")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Replay at most N.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Replay N a second."
)
@click.option("--dry-run", is_flag=True, help="Print only how many match.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_command_context
def replay(
    context: CommandContext,
    *,
    webhook: str,
    since: str,
    until: str | None,
    limit: int | None,
    rate: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Send again what a webhook missed: events whose newest delivery failed or was discarded.

    It makes new deliveries, with automatic retries. The old ones stay.
    """
    found = context.client.webhook(webhook)
    job = partial(calls.replay, found.id, since, until, limit, rate)
    number = context.client.send(job(dry_run=True)).matched
    if context.json and (dry_run or not number):
        context.out.json({"matched": number})
    elif dry_run:
        context.out.line(f"{count(number, 'event')} would be sent again")
    elif not number:
        context.out.note(f"{safe_line(found.name)} missed nothing in that time")
    if dry_run or not number:
        return
    context.confirm(f"Send {count(number, 'event')} to {safe_line(found.name)} again?", yes=yes)
    follow(context, context.client.send(job(dry_run=False)))
