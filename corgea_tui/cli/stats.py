"""`corgea-tui stats`."""

import click

from corgea_tui.cli.completion import webhook_names
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.text.overviews import statistics_facts
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.statistics import statistics_lines
from corgea_tui.text.words import duration
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
        context.print_facts(statistics_facts(one, context.now))
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
