"""`corgea-tui webhooks apply`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from corgea_tui.cli.completion import files
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.difference import Difference, config_of, difference_lines, differences
from corgea_tui.cli.webhooks.webhook_file import FileWebhook, read_text, read_webhooks
from corgea_tui.client import calls
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import count
from daemon.protocol import Webhook

EXAMPLE = """
corgea-tui webhooks apply webhooks.toml --dry-run
corgea-tui webhooks apply webhooks.toml --prune --yes
"""


@dataclass
class ApplyPlan:
    """The changes that make the store equal to the file."""

    added: list[FileWebhook] = field(default_factory=list)
    changed: list[tuple[Webhook, FileWebhook, list[Difference]]] = field(default_factory=list)
    removed: list[Webhook] = field(default_factory=list)
    extra: list[Webhook] = field(default_factory=list)
    """Webhooks of the store that are not in the file and are kept."""

    @property
    def empty(self) -> bool:
        """Whether there are no changes."""
        return not (self.added or self.changed or self.removed)


@verb("apply", example=EXAMPLE)
@click.argument("path", metavar="FILE", shell_complete=files)
@click.option("--dry-run", is_flag=True, help="Only print the difference.")
@click.option("--prune", is_flag=True, help="Remove webhooks that are not in the file.")
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@pass_command_context
def apply(context: CommandContext, *, path: str, dry_run: bool, prune: bool, yes: bool) -> None:
    """Add and change webhooks as a TOML file says, and print the difference first.

    Webhooks are identified by name. Those that are not in the file stay, unless --prune is given.
    A secret that the file leaves out is kept. A file with an error changes nothing.
    """
    plan = _plan(context, path, prune=prune)
    _show(context, plan)
    if plan.empty or dry_run:
        return
    if plan.removed:
        context.confirm(f"Remove {count(len(plan.removed), 'webhook')}?", yes=yes)
    _carry_out(context, plan)


def _plan(context: CommandContext, path: str, *, prune: bool) -> ApplyPlan:
    client = context.client
    call = calls.webhooks()
    present = [call.decode_item(raw) for raw in client.pages(call, None)]
    by_name = {webhook.name: webhook for webhook in present}
    configs = {webhook.name: config_of(webhook) for webhook in present}
    types = [each.name for each in client.event_types()]
    configured = read_webhooks(path, read_text(path), types, configs)
    plan = ApplyPlan()
    for each in configured:
        name = each.config.name
        if name not in by_name:
            plan.added.append(each)
        elif found := differences(configs[name], each.config):
            plan.changed.append((by_name[name], each, found))
    named = {each.config.name for each in configured}
    for webhook in present:
        if webhook.name not in named and webhook.managed_by is None:
            (plan.removed if prune else plan.extra).append(webhook)
    return plan


def _show(context: CommandContext, plan: ApplyPlan) -> None:
    out = context.out
    if context.json:
        out.json(
            {
                "added": [each.config.name for each in plan.added],
                "changed": [
                    {"name": webhook.name, "fields": [each.field for each in found]}
                    for webhook, _, found in plan.changed
                ],
                "removed": [webhook.name for webhook in plan.removed],
            }
        )
        return
    if plan.empty:
        out.line("no changes")
    for each in plan.added:
        events = ", ".join(each.config.events)
        out.line(f"{out.paint('+', 'good')} {safe_line(each.config.name)}  {safe_line(events)}")
    for webhook, _, found in plan.changed:
        out.line(f"{out.paint('~', 'warn')} {safe_line(webhook.name)}")
        out.lines(difference_lines(found, out.width, out.paint))
    for webhook in plan.removed:
        out.line(f"{out.paint('-', 'bad')} {safe_line(webhook.name)}")
    if plan.extra:
        out.note(f"not in the file, and kept: {_names(plan.extra)} (--prune removes)", "quiet")


def _carry_out(context: CommandContext, plan: ApplyPlan) -> None:
    client, out = context.client, context.out
    for webhook in plan.removed:  # first: its name or URL may be used again
        client.send(calls.delete_webhook(webhook.id, webhook.version))
    saved = [
        client.send(calls.replace_webhook(webhook.id, webhook.version, each.form))
        for webhook, each, _ in plan.changed
    ]
    saved += [client.send(calls.add_webhook(each.form)) for each in plan.added]
    for webhook in saved:
        for warning in webhook.warnings:
            where = f"{safe_line(webhook.name)}: {safe_line(warning.field)}"
            out.note(f"warning: {where} {safe_line(warning.message)}", "warn")
    out.note(
        f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed",
        "quiet",
    )


def _names(webhooks: Sequence[Webhook]) -> str:
    return ", ".join(safe_line(webhook.name) for webhook in webhooks)
