"""`corgea-tui webhooks test`."""

import click

from corgea_tui.cli.attempts import attempt_lines
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_argument
from corgea_tui.client import calls
from corgea_tui.client.errors import FAILED
from corgea_tui.text.output import show


@verb("test", example="corgea-tui webhooks test 'Jira tickets'")
@webhook_argument
@pass_session
def test(session: CommandContext, *, webhook: str) -> None:
    """Send one test event to a webhook, also while it is paused, and show what came back.

    Exits 1 when the receiver did not take it.
    """
    found = session.client.webhook(webhook)
    call, out = calls.send_test(found.id), session.out
    raw = session.client.send_raw(call)
    tested = call.decode(raw)
    if session.json:
        out.json(raw)
    else:
        good = tested.attempt.error is None
        word = out.paint("✔ taken", "good") if good else out.paint("✖ not taken", "bad")
        out.line(f"{word} by {out.paint(show(found.name), 'strong')}")
        out.lines(attempt_lines(tested.attempt, out.width, out.paint))
        out.note(f"delivery {show(tested.delivery_id)}", "quiet")
    if tested.attempt.error is not None:
        click.get_current_context().exit(FAILED)
