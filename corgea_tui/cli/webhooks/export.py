"""`corgea-tui webhooks export`."""

from typing import Any

import click
import msgspec

from corgea_tui.cli.complete import webhook_names
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from daemon.domain.configuration.webhook_toml import dump_webhooks


@verb("export", example="corgea-tui webhooks export > webhooks.toml")
@click.argument("webhooks", nargs=-1, metavar="[WEBHOOK]...", shell_complete=webhook_names)
@pass_session
def export(session: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Write webhooks as TOML that `webhooks apply` takes. Secrets are left out, and kept there.

    Without names: all of them, the oldest first, so that a file that was applied keeps its order.
    """
    client = session.client
    if webhooks:
        raws = [msgspec.Raw(client.webhook_raw(name)) for name in webhooks]
    else:
        raws = list(client.pages(calls.webhooks(), None))[::-1]
    if session.json:
        session.out.json_array(raws)
        return
    decoded: list[dict[str, Any]] = [msgspec.json.decode(raw) for raw in raws]
    session.out.raw(dump_webhooks(decoded))
