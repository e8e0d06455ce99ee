"""What is said of a webhook that was saved."""

from corgea_tui.cli.session import CommandContext
from corgea_tui.client.calls import Call
from corgea_tui.text.facts import facts
from corgea_tui.text.output import show
from corgea_tui.text.table import Cell
from daemon.protocol import WebhookSaved


def save(session: CommandContext, call: Call[WebhookSaved], done: str) -> None:
    """Save a webhook; print it in short, and the daemon's warnings on stderr."""
    raw, out = session.client.send_raw(call), session.out
    saved = call.decode(raw)
    if session.json:
        out.json(raw)
    else:
        name = out.paint(show(saved.name), "strong")
        rows = [("url", Cell(show(saved.url))), ("events", Cell(show(", ".join(saved.events))))]
        out.line(f"{done} {name}  {out.paint(show(saved.id), 'quiet')}")
        out.lines(facts(rows, out.width, out.paint, "  "))
    for warning in saved.warnings:
        field = f"{show(warning.field)}: " if warning.field else ""
        out.note(f"warning: {field}{show(warning.message)}", "warn")
