"""`corgea-tui webhooks replay`."""

from functools import partial

import click

from corgea_tui.cli.confirm import confirm
from corgea_tui.cli.jobs import follow
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_argument
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.words import count

EXAMPLE = """
corgea-tui webhooks replay 'Jira tickets' --since 2h --dry-run
corgea-tui webhooks replay 'Jira tickets' --since 2025-01-15T14:00 --until 2025-01-15T16:00 --yes
"""


@verb("replay", example=EXAMPLE)
@webhook_argument
@click.option("--since", required=True, metavar="T", help="From when: 2h, or a time.")
@click.option("--until", metavar="T", help="Up to when.  [default: now]")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="So many a second."
)
@click.option("--dry-run", is_flag=True, help="Only say how many match.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def replay(
    session: CommandContext,
    *,
    webhook: str,
    since: str,
    until: str | None,
    limit: int | None,
    rate: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Send again what a webhook missed: events whose newest delivery failed or was discarded.

    New deliveries are made, with retries; the old ones stay.
    """
    found = session.client.webhook(webhook)
    job = partial(calls.replay, found.id, since, until, limit, rate)
    number = session.client.send(job(dry_run=True)).matched
    if session.json and (dry_run or not number):
        session.out.json({"matched": number})
    elif dry_run:
        session.out.line(f"{count(number, 'event')} would be sent again")
    elif not number:
        session.out.note(f"{show(found.name)} missed nothing in that time")
    if dry_run or not number:
        return
    confirm(session, f"Send {count(number, 'event')} to {show(found.name)} again?", yes=yes)
    follow(session, session.client.send(job(dry_run=False)))
