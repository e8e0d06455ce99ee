"""`corgea-tui webhooks remove`."""

import click

from corgea_tui.cli.confirm import confirm
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_arguments
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.words import count


@verb("remove", example="corgea-tui webhooks remove 'Jira tickets'")
@webhook_arguments
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def remove(session: CommandContext, *, webhooks: tuple[str, ...], yes: bool) -> None:
    """Remove webhooks, by name or id. What waits is discarded; history stays."""
    found = [session.client.webhook(name) for name in webhooks]
    pending = sum(webhook.statistics.pending for webhook in found)
    names = ", ".join(show(webhook.name) for webhook in found)
    if pending or len(found) > 1:
        waiting = f" and discard {count(pending, 'delivery', 'deliveries')}" if pending else ""
        confirm(session, f"Remove {names}{waiting}?", yes=yes)
    for webhook in found:
        session.client.send(calls.delete_webhook(webhook.id, webhook.version))
        if session.json:
            session.out.json({"id": webhook.id, "name": webhook.name, "removed": True})
        else:
            session.out.line(f"removed {session.out.paint(show(webhook.name), 'strong')}")
