"""`corgea-tui stats`."""

import click

from corgea_tui.cli.completion import webhook_names
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.text.facts import Fact
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.statistics import statistics_lines
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, duration, percent
from daemon.protocol import AllStatistics, WebhookStatistics

EXAMPLE = """
corgea-tui stats
corgea-tui stats 'Jira tickets'
corgea-tui stats --window 24h
corgea-tui stats --window 1h --json | jq '.series | length'
"""


@verb("stats", example=EXAMPLE)
@click.argument("webhook", required=False, shell_complete=webhook_names)
@click.option(
    "--window",
    type=click.Choice(["15m", "1h", "24h", "7d"]),
    help="Add the outcomes of that time; with --json as a series, too.",
)
@pass_command_context
def stats(context: CommandContext, *, webhook: str | None, window: str | None) -> None:
    """Show totals, success rates and durations, of all webhooks or of one."""
    out, client = context.out, context.client
    if webhook is None:
        if (figures := context.fetch(calls.statistics(window))) is not None:
            out.lines(statistics_lines(figures, out.width, out.paint))
            out.lines(_recent(figures, window))
        return
    identity = client.webhook(webhook).id
    if (one := context.fetch(calls.webhook_statistics(identity, window))) is not None:
        out.line(out.paint(safe_line(one.webhook_name), "strong"))
        context.print_facts(_facts(one, context))
        out.lines(_recent(one, window))


def _recent(figures: AllStatistics | WebhookStatistics, window: str | None) -> list[str]:
    """The outcomes within the window, when one was requested."""
    span = figures.span
    if window is None or span is None:
        return []
    outcomes = f"{span.succeeded:,} succeeded, {span.failed:,} failed, {span.discarded:,} discarded"
    times = {"p50": span.p50_ms, "p95": span.p95_ms, "p99": span.p99_ms}
    took = ", ".join(f"{name} {duration(each)}" for name, each in times.items() if each is not None)
    return ["", f"last {window}: {outcomes}{f'; {took}' if took else ''}"]


def _facts(one: WebhookStatistics, context: CommandContext) -> list[Fact]:
    percentiles = {"p50": one.p50_ms, "p95": one.p95_ms, "p99": one.p99_ms}
    return [
        ("total deliveries", Cell(f"{one.total:,}")),
        ("successful", Cell(f"{one.successful:,}")),
        ("failed", Cell(f"{one.failed:,}", "bad" if one.failed else "")),
        ("success rate", percent(one.success_rate)),
        ("consecutive failures", Cell(f"{one.consecutive_failures:,}")),
        ("last triggered", Cell(ago(one.last_triggered, context.now))),
        ("attempts", Cell(f"{one.attempts:,}")),
        ("pending", Cell(f"{one.pending:,}")),
        ("discarded", Cell(f"{one.discarded:,}")),
        *((name, Cell(duration(each))) for name, each in percentiles.items() if each is not None),
    ]
