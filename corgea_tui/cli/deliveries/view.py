"""`corgea-tui deliveries list` and `show`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.completion import filters
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.deliveries.attempts import attempt_lines
from corgea_tui.cli.param_types import FilterVerb, filter_text, limit_option
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.api_call import encode
from corgea_tui.text.facts import facts
from corgea_tui.text.output import pretty_json
from corgea_tui.text.overviews import delivery_facts
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.text.table import Cell, TableColumn
from corgea_tui.text.words import answer, attempt, clock, state, took, why
from daemon.protocol import Attempt, Delivery

LIST_COLUMNS = [
    TableColumn("STATE"),
    TableColumn("TIME"),
    TableColumn("EVENT", floor=14),
    TableColumn("PROJECT", floor=8, rank=3),
    TableColumn("WEBHOOK", floor=14),
    TableColumn("ANSWER", right=True),
    TableColumn("TRY", right=True, rank=1),
    TableColumn("TOOK", right=True, rank=4),
    TableColumn("WHY", floor=16, rank=2),
    TableColumn("ID", rank=5),
]
LIST_EXAMPLE = """
corgea-tui deliveries list status:failed since:1h
corgea-tui deliveries retry $(corgea-tui deliveries list -q status:failed webhook:Jira)
"""


@click.command("list", cls=FilterVerb, example=LIST_EXAMPLE)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@limit_option
@click.option("-q", "--quiet", is_flag=True, help="Print only the ids, one a line.")
@pass_command_context
def list_deliveries(
    context: CommandContext, *, words: tuple[str, ...], limit: int, quiet: bool
) -> None:
    """List deliveries, newest first.

    A narrow terminal shows only the more important columns. -q prints the ids.
    """
    client, out = context.client, context.out
    call = calls.deliveries(filter_text(words))
    found = context.fetch_list(call, limit or None)
    if found is None:
        return
    if quiet:
        out.lines([safe_line(each.id) for each in found])
        return
    if not found:
        out.note("no deliveries match" if words else "no deliveries yet")
        return
    context.print_table(LIST_COLUMNS, [_row(each, context) for each in found])
    if limit and len(found) == limit:
        total = client.page(call, 1).total
        if total is None or total > limit:
            known = "more than 10,000" if total is None else f"{total:,}"
            out.note(f"the newest {limit} of {known}; more with --limit", "quiet")


def _row(delivery: Delivery, context: CommandContext) -> Sequence[Cell]:
    now, project = context.now, delivery.project_name or delivery.project
    return [
        state(delivery, now),
        Cell(clock(delivery.created_at, now), "quiet"),
        Cell(safe_line(delivery.event_type)),
        Cell(safe_line(project)) if project else Cell("–", "quiet"),
        Cell(safe_line(delivery.webhook_name), "strong"),
        answer(delivery),
        attempt(delivery),
        took(delivery.duration_ms),
        why(delivery),
        Cell(safe_line(delivery.id), "quiet"),
    ]


SHOW_EXAMPLE = """
corgea-tui deliveries show 0193b2c3-…
corgea-tui deliveries show 0193b2c3-… --json | jq .attempts[-1].response.body
"""


@verb("show", example=SHOW_EXAMPLE)
@click.argument("delivery", metavar="ID")
@pass_command_context
def show_delivery(context: CommandContext, *, delivery: str) -> None:
    """Show one delivery: overview, every attempt with its phases, payload, request and response."""
    found, out = context.fetch(calls.delivery(delivery)), context.out
    if found is None:
        return
    title = f"{safe_line(found.event_type)} → {safe_line(found.webhook_name)}"
    out.lines(
        [
            out.paint(title, "strong"),
            *facts(delivery_facts(found, context.now), out.width, out.paint),
        ]
    )
    for each in found.attempts:
        out.lines(["", *attempt_lines(each, out.width, out.paint)])
    _block(context, "payload", pretty_json(encode(found.payload)))
    if found.custom_body is not None:
        _block(context, "body sent", found.custom_body)
    if found.attempts:
        _exchange(context, found.attempts[-1])


def _exchange(context: CommandContext, attempt: Attempt) -> None:
    """Print the headers of the latest attempt, and the body of its response."""
    sent = "\n".join(f"{header.name}: {header.value}" for header in attempt.request.headers)
    _block(context, "request headers", sent)
    if attempt.response is None:
        return
    came = "\n".join(f"{header.name}: {header.value}" for header in attempt.response.headers)
    _block(context, "response headers", came)
    cut = "\n… the receiver sent more than 16 KiB" if attempt.response.truncated else ""
    _block(context, "response body", attempt.response.body + cut)


def _block(context: CommandContext, title: str, text: str) -> None:
    if not text.strip():
        return
    out = context.out
    out.lines(["", out.paint(title, "quiet")])
    out.lines([f"  {line}" for line in safe(text).splitlines()])
