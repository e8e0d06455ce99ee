"""`corgea-tui deliveries retry`."""

from collections.abc import Callable
from functools import partial

import click

from corgea_tui.cli.complete import filters
from corgea_tui.cli.confirm import confirm
from corgea_tui.cli.deliveries.retry_each import retry_each
from corgea_tui.cli.jobs import follow
from corgea_tui.cli.param_types import seconds
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.calls import Call, Matched
from corgea_tui.client.errors import FAILED, Usage
from corgea_tui.text.words import count

EXAMPLE = """
corgea-tui deliveries retry 0193b2c3-… --wait
corgea-tui deliveries retry --filter 'status:failed webhook:Jira since:1h' --dry-run
corgea-tui deliveries retry --filter status:failed --rate 5 --yes
"""


@verb("retry", example=EXAMPLE)
@click.argument("deliveries", nargs=-1, metavar="[ID]...")
@click.option("--filter", "text", metavar="FILTER", shell_complete=filters, help="All that match.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="So many a second."
)
@click.option("--dry-run", is_flag=True, help="Only say how many match.")
@click.option("--wait", is_flag=True, help="Wait for the outcome, as --filter always does.")
@click.option(
    "--timeout", type=seconds, metavar="D", default="2m", help="With ID --wait.  [default: 2m]"
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def retry(
    session: CommandContext,
    *,
    deliveries: tuple[str, ...],
    text: str | None,
    limit: int | None,
    rate: float | None,
    dry_run: bool,
    wait: bool,
    timeout: float,
    yes: bool,
) -> None:
    """Try deliveries again: one attempt each, at once, with the webhook as it is now.

    With --filter the number is shown and asked about first. Exits 1 when one cannot be retried or,
    with --wait or --filter, did not succeed. With --json an ID gives {"id", "attempt"}, with --wait
    the delivery as it ended; --filter gives the job.
    """
    if bool(deliveries) == (text is not None):
        raise Usage("say which: ids, or --filter")
    if text is not None:
        _matching(
            session, partial(calls.retry_matching, text, limit, rate), dry_run=dry_run, yes=yes
        )
        return
    if limit or rate or dry_run:
        raise Usage("--limit, --rate and --dry-run go with --filter")
    if not retry_each(session, deliveries, timeout if wait else None):
        click.get_current_context().exit(FAILED)


def _matching(
    session: CommandContext, job: Callable[..., Call[Matched]], *, dry_run: bool, yes: bool
) -> None:
    """Start a job for what matches, after a yes, and follow it."""
    number = session.client.send(job(dry_run=True)).matched
    what = count(number, "delivery", "deliveries")
    if session.json and (dry_run or not number):
        session.out.json({"matched": number})
    elif dry_run:
        session.out.line(f"{what} would be tried again")
    elif not number:
        session.out.note("nothing matches that can be tried again")
    if dry_run or not number:
        return
    confirm(session, f"Try {what} again?", yes=yes)
    follow(session, session.client.send(job(dry_run=False)))
