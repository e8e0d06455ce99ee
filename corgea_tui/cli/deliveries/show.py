"""`corgea-tui deliveries show`."""

import click

from corgea_tui.cli.attempts import attempt_lines
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.calls import encode
from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.output import pretty_json
from corgea_tui.text.output import show as safe
from corgea_tui.text.safe_text import safe as safe_block
from corgea_tui.text.table import Cell
from corgea_tui.text.words import clock, state, why
from daemon.protocol import Attempt, DeliveryDetail

EXAMPLE = """
corgea-tui deliveries show 0193b2c3-…
corgea-tui deliveries show 0193b2c3-… --json | jq .attempts[-1].response.body
"""


@verb("show", example=EXAMPLE)
@click.argument("delivery", metavar="ID")
@pass_session
def show(session: CommandContext, *, delivery: str) -> None:
    """Show one delivery: overview, every attempt with its phases, payload, request and response."""
    found, out = session.fetch(calls.delivery(delivery)), session.out
    if found is None:
        return
    title = f"{safe(found.event_type)} → {safe(found.webhook_name)}"
    out.lines([out.paint(title, "strong"), *facts(_overview(found, session), out.width, out.paint)])
    for attempt in found.attempts:
        out.lines(["", *attempt_lines(attempt, out.width, out.paint)])
    _block(session, "payload", pretty_json(encode(found.payload)))
    if found.custom_body is not None:
        _block(session, "body sent", found.custom_body)
    if found.attempts:
        _exchange(session, found.attempts[-1])


def _overview(found: DeliveryDetail, session: CommandContext) -> list[Fact]:
    now, reason = session.now, why(found)
    project = " ".join(filter(None, [found.project_name, found.project and f"({found.project})"]))
    return [
        ("state", state(found, now)),
        ("why", reason),
        ("delivery", Cell(safe(found.id))),
        ("event", Cell(safe(found.event_id))),
        ("kind", Cell(found.kind if found.kind != "event" else "")),
        ("url", Cell(safe(found.url), "accent")),
        ("project", Cell(safe(project))),
        ("scan", Cell(safe(found.scan_id or ""))),
        ("created", Cell(clock(found.created_at, now))),
        ("finished", Cell(clock(found.finished_at, now) if found.finished_at else "")),
    ]


def _exchange(session: CommandContext, attempt: Attempt) -> None:
    """What the latest attempt sent and what came back, beside the body."""
    sent = "\n".join(f"{header.name}: {header.value}" for header in attempt.request.headers)
    _block(session, "request headers", sent)
    if attempt.response is None:
        return
    came = "\n".join(f"{header.name}: {header.value}" for header in attempt.response.headers)
    _block(session, "response headers", came)
    cut = "\n… more than 16 KiB came" if attempt.response.truncated else ""
    _block(session, "response body", attempt.response.body + cut)


def _block(session: CommandContext, title: str, text: str) -> None:
    if not text.strip():
        return
    out = session.out
    out.lines(["", out.paint(title, "quiet")])
    out.lines([f"  {line}" for line in safe_block(text).splitlines()])
