"""`corgea-tui webhooks edit`."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_argument
from corgea_tui.cli.webhooks.difference import difference_lines
from corgea_tui.cli.webhooks.saved import save
from corgea_tui.cli.webhooks.webhook_diff import config_of, differences
from corgea_tui.cli.webhooks.webhook_file import FileWebhook, read_webhooks
from corgea_tui.client import calls
from corgea_tui.client.errors import STALE, ClientError, Failed, Refused
from corgea_tui.screens.actions.programs import edit_text
from corgea_tui.text.output import show
from daemon.domain.configuration.webhook_toml import dump_webhooks
from daemon.protocol import Webhook

HINT = """\
# Save and leave to change the webhook. Left as it is, or emptied, nothing changes.
# ${NAME} takes a value from the environment, file:PATH from a file.
"""


@verb("edit", example="corgea-tui webhooks edit 'Jira tickets'")
@webhook_argument
@pass_session
def edit(session: CommandContext, *, webhook: str) -> None:
    """Edit a webhook as TOML in $VISUAL or $EDITOR. Secrets are left out, and kept.

    A save on top of somebody else's is refused, and both sides are shown.
    """
    raw = session.client.webhook_raw(webhook)
    shown = msgspec.json.decode(raw, type=Webhook)
    if shown.managed_by is not None:
        raise Failed(f"{shown.name} comes from {shown.managed_by}", "edit that file")
    original = HINT + dump_webhooks([msgspec.json.decode(raw)])
    text = original
    while True:
        text = edit_text(text, ".toml")
        if text == original or not text.replace(HINT, "").strip():
            session.out.note("no changes")
            return
        try:
            _save(session, shown, text)
        except ClientError as error:
            if isinstance(error, Refused) and error.status == STALE:
                _both_sides(session, shown, text)
                raise
            if not (sys.stdin.isatty() and session.out.err_terminal):
                raise
            _complain(session, error)
            if not click.confirm("Edit again?", default=True, err=True):
                raise Failed("nothing was changed") from None
        else:
            return


def _save(session: CommandContext, shown: Webhook, text: str) -> None:
    wanted = _read(session, shown, text)
    save(session, calls.replace_webhook(shown.id, shown.version, wanted.form), "saved")


def _read(session: CommandContext, shown: Webhook, text: str) -> FileWebhook:
    types = [each.name for each in session.client.event_types()]
    present = config_of(shown)
    # A new name is no new webhook here: what is left out comes from the one that is edited.
    names = _Any(present)
    wanted = read_webhooks("edited", text, types, names)
    if len(wanted) != 1:
        raise Failed(f"there must be one [[webhook]], there are {len(wanted)}")
    return wanted[0]


class _Any(dict[str, Any]):
    """Gives the one webhook that is edited, whatever it is called now."""

    def __init__(self, only: object) -> None:
        super().__init__()
        self._only = only

    def get(self, _name: object, _default: object = None) -> Any:
        return self._only


def _both_sides(session: CommandContext, shown: Webhook, text: str) -> None:
    """Show what somebody else saved meanwhile beside what was to be saved, and keep the text."""
    out = session.out
    with tempfile.NamedTemporaryFile(
        "w", prefix="corgea-webhook-", suffix=".toml", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    theirs = session.client.send(calls.webhook(shown.id))
    mine = _read(session, theirs, text)
    found = differences(config_of(theirs), mine.config)
    for line in difference_lines(found, out.width, out.paint_err, ("theirs", "yours")):
        out.note(line)
    out.note(f"your text is kept in {Path(file.name)}")


def _complain(session: CommandContext, error: ClientError) -> None:
    session.out.note(show(error.message), "bad")
    if isinstance(error, Refused):
        for field in error.fields:
            session.out.note(f"  {show(field.field)}: {show(field.message)}")
    for line in error.advice.splitlines():
        session.out.note(f"  {show(line)}")
