"""`corgea-tui webhooks list`, `show` and `export`."""

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from corgea_tui.cli.completion import filters, webhook_names
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.common import webhook_argument
from corgea_tui.client import calls
from corgea_tui.text.facts import facts
from corgea_tui.text.overviews import filter_facts, statistics_facts, webhook_facts
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, TableColumn
from corgea_tui.text.words import ago, clock, percent, webhook_state
from daemon.protocol import Webhook

LIST_COLUMNS = [
    TableColumn("NAME", floor=16),
    TableColumn("STATE"),
    TableColumn("EVENTS", floor=14, rank=2),
    TableColumn("URL", floor=16, rank=3),
    TableColumn("TOTAL", right=True),
    TableColumn("SUCCESS", right=True),
    TableColumn("IN A ROW", right=True, rank=1),
    TableColumn("LAST", right=True, rank=4),
]


@click.command(
    "list", cls=FilterVerb, example="corgea-tui webhooks list\ncorgea-tui webhooks list --json"
)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@pass_command_context
def list_webhooks(context: CommandContext, *, words: tuple[str, ...]) -> None:
    """List the webhooks with their state, totals and success rate.

    IN A ROW counts consecutive failures: deliveries that failed since the last success. At 10 the
    daemon pauses the webhook.
    """
    out = context.out
    webhooks = context.fetch_list(calls.webhooks(filter_text(words)), None)
    if webhooks is None:
        return
    if not webhooks:
        out.note("no webhooks" if words else "no webhooks yet; add one: corgea-tui webhooks add -h")
        return
    rows = [_row(webhook, context) for webhook in webhooks]
    context.print_table(LIST_COLUMNS, rows)


def _row(webhook: Webhook, context: CommandContext) -> Sequence[Cell]:
    figures = webhook.statistics
    return [
        Cell(safe_line(webhook.name), "strong"),
        webhook_state(webhook),
        Cell(safe_line(", ".join(webhook.events))),
        Cell(safe_line(webhook.url.removeprefix("https://")), "quiet"),
        Cell(f"{figures.total:,}"),
        percent(figures.success_rate),
        Cell(str(figures.consecutive_failures), "bad" if figures.consecutive_failures else "quiet"),
        Cell(ago(figures.last_triggered, context.now), "quiet"),
    ]


@verb("show", example="corgea-tui webhooks show 'Jira tickets'")
@webhook_argument
@pass_command_context
def show_webhook(context: CommandContext, *, webhook: str) -> None:
    """Show one webhook, by name or id: its configuration, state and statistics.

    Of a secret it prints only that there is one, and its last four characters.
    """
    raw, out = context.client.webhook_raw(webhook), context.out
    if context.json:
        out.json(raw)
        return
    found = msgspec.json.decode(raw, type=Webhook)
    known = [*webhook_facts(found, context.now), *filter_facts(found)]
    body = found.body_template or "default payload"
    figures = statistics_facts(found.statistics, context.now)
    out.lines(
        [
            out.paint(safe_line(found.name), "strong"),
            *facts([*known, ("body", Cell(safe_line(body)))], out.width, out.paint, "  "),
            "",
            *facts([("state", _state(found, context)), *figures], out.width, out.paint, "  "),
        ]
    )


def _state(webhook: Webhook, context: CommandContext) -> Cell:
    state = webhook_state(webhook)
    if webhook.state != "paused":
        return state
    since = clock(webhook.paused_at, context.now)
    reason = safe_line(webhook.paused_reason or "by hand")
    return Cell(f"{state.text} since {since}: {reason}", "warn")


@verb("export", example="corgea-tui webhooks export > webhooks.toml")
@click.argument("webhooks", nargs=-1, metavar="[WEBHOOK]...", shell_complete=webhook_names)
@pass_command_context
def export_webhooks(context: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Write webhooks as TOML for `webhooks apply`. It leaves secrets out; applying keeps them.

    Without names it writes all webhooks, the oldest first, so that an applied file keeps its order.
    """
    from daemon.domain.configuration.webhook_toml import dump_webhooks

    client = context.client
    if webhooks:
        raws = [msgspec.Raw(client.webhook_raw(name)) for name in webhooks]
    else:
        raws = list(client.pages(calls.webhooks(), None))[::-1]
    if context.json:
        context.out.json_array(raws)
        return
    configurations: list[dict[str, Any]] = [msgspec.json.decode(raw) for raw in raws]
    context.out.raw(dump_webhooks(configurations))
