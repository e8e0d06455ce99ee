"""`corgea-tui webhooks edit`."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.common import save, webhook_argument
from corgea_tui.cli.webhooks.difference import config_of, difference_lines, differences
from corgea_tui.cli.webhooks.webhook_file import FileWebhook, read_webhooks
from corgea_tui.client import calls
from corgea_tui.client.errors import STALE, ClientError, Failed, Refused
from corgea_tui.screens.actions.programs import edit_text
from corgea_tui.text.safe_text import safe_line
from daemon.domain.configuration.webhook_toml import dump_webhooks
from daemon.protocol import Webhook

HINT = """\
# Save and quit to change the webhook. An unchanged or empty file changes nothing.
# ${NAME} takes a value from the environment, file:PATH from a file.
"""


@verb("edit", example="corgea-tui webhooks edit 'Jira tickets'")
@webhook_argument
@pass_command_context
def edit(context: CommandContext, *, webhook: str) -> None:
    """Edit a webhook as TOML in $VISUAL or $EDITOR. The TOML leaves secrets out; they are kept.

    When another save came first, yours is refused and both versions are printed.
    """
    raw = context.client.webhook_raw(webhook)
    webhook_now = msgspec.json.decode(raw, type=Webhook)
    if webhook_now.managed_by is not None:
        raise Failed(f"{webhook_now.name} comes from {webhook_now.managed_by}", "edit that file")
    original = HINT + dump_webhooks([msgspec.json.decode(raw)])
    text = original
    while True:
        text = edit_text(text, ".toml")
        if text == original or not text.replace(HINT, "").strip():
            context.out.note("no changes")
            return
        try:
            _save(context, webhook_now, text)
        except ClientError as error:
            if isinstance(error, Refused) and error.status == STALE:
                _both_sides(context, webhook_now, text)
                raise
            if not (sys.stdin.isatty() and context.out.err_terminal):
                raise
            _print_error(context, error)
            if not click.confirm("Edit again?", default=True, err=True):
                raise Failed("nothing was changed") from None
        else:
            return


def _save(context: CommandContext, webhook_now: Webhook, text: str) -> None:
    edited = _read(context, webhook_now, text)
    save(context, calls.replace_webhook(webhook_now.id, webhook_now.version, edited.form), "saved")


def _read(context: CommandContext, webhook_now: Webhook, text: str) -> FileWebhook:
    types = [each.name for each in context.client.event_types()]
    present = config_of(webhook_now)
    # The name may change: omitted secrets come from the edited webhook.
    names = _AnyName(present)
    edited = read_webhooks("edited", text, types, names)
    if len(edited) != 1:
        raise Failed(f"the text must have one [[webhook]], it has {len(edited)}")
    return edited[0]


class _AnyName(dict[str, Any]):
    """Returns the edited webhook for any name."""

    def __init__(self, only: object) -> None:
        super().__init__()
        self._only = only

    def get(self, _name: object, _default: object = None) -> Any:
        return self._only


def _both_sides(context: CommandContext, webhook_now: Webhook, text: str) -> None:
    """Print the differences to another user's save, and keep the edited text in a file."""
    out = context.out
    with tempfile.NamedTemporaryFile(
        "w", prefix="corgea-webhook-", suffix=".toml", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    theirs = context.client.send(calls.webhook(webhook_now.id))
    mine = _read(context, theirs, text)
    found = differences(config_of(theirs), mine.config)
    for line in difference_lines(found, out.width, out.paint_err, ("theirs", "yours")):
        out.note(line)
    out.note(f"your text is kept in {Path(file.name)}")


def _print_error(context: CommandContext, error: ClientError) -> None:
    context.out.note(safe_line(error.message), "bad")
    if isinstance(error, Refused):
        for field in error.fields:
            context.out.note(f"  {safe_line(field.field)}: {safe_line(field.message)}")
    for line in error.advice.splitlines():
        context.out.note(f"  {safe_line(line)}")
