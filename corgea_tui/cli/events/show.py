"""`corgea-tui events show`."""

import click

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.calls import encode
from corgea_tui.text.feed_lines import head, line
from corgea_tui.text.output import pretty_json
from corgea_tui.text.output import show as safe
from corgea_tui.text.safe_text import safe as safe_block


@verb("show", example="corgea-tui events show b2c3d4e5-f6a7-8901-bcde-f12345678901")
@click.argument("event", metavar="ID")
@pass_session
def show(session: CommandContext, *, event: str) -> None:
    """Show one event: its payload, and what became of its deliveries."""
    found, out = session.fetch(calls.event(event)), session.out
    if found is None:
        return
    paint = out.paint
    out.line(f"{paint(safe(found.event_type), 'strong')}  {paint(safe(found.event_id), 'quiet')}")
    payload = safe_block(pretty_json(encode(found.payload)))
    out.lines(["", *(f"  {each}" for each in payload.splitlines()), ""])
    if found.deliveries:
        out.line(head(out.width, paint))
        out.lines([line(each, session.now, out.width, paint) for each in found.deliveries])
    else:
        out.note(f"no webhook wanted it; why: corgea-tui events explain {safe(found.event_id)}")
