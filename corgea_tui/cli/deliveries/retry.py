"""`corgea-tui deliveries retry`: by id, or all that match a filter."""

from collections.abc import Callable, Sequence
from functools import partial

import click

from corgea_tui.cli.completion import filters
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.live.jobs import follow
from corgea_tui.cli.live.waiting import outcome_line, wait_for
from corgea_tui.cli.param_types import seconds
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.api_call import ApiCall, Matched
from corgea_tui.client.errors import FAILED, Refused, Usage
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import count
from daemon.protocol import Delivery

EXAMPLE = """
corgea-tui deliveries retry 0193b2c3-… --wait
corgea-tui deliveries retry --filter 'status:failed webhook:Jira since:1h' --dry-run
corgea-tui deliveries retry --filter status:failed --rate 5 --yes
"""


@verb("retry", example=EXAMPLE)
@click.argument("deliveries", nargs=-1, metavar="[ID]...")
@click.option(
    "--filter", "text", metavar="FILTER", shell_complete=filters, help="Retry all that match."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Retry at most N.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Retry N a second."
)
@click.option("--dry-run", is_flag=True, help="Print only how many match.")
@click.option("--wait", is_flag=True, help="Wait for the outcome, as --filter always does.")
@click.option(
    "--timeout",
    type=seconds,
    metavar="D",
    default="2m",
    help="With --wait: give up after D.  [default: 2m]",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_command_context
def retry(
    context: CommandContext,
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
    """Retry deliveries: one attempt each, at once, with the webhook as it is now.

    With --filter, it prints the number and asks first. It exits 1 when a delivery cannot be
    retried, and with --wait or --filter also when one did not succeed. With --json it prints
    {"id", "attempt"} for an ID, with --wait the delivery at its end, and with --filter the job.
    """
    if bool(deliveries) == (text is not None):
        raise Usage("give the ids of deliveries, or --filter")
    if text is not None:
        _matching(
            context, partial(calls.retry_matching, text, limit, rate), dry_run=dry_run, yes=yes
        )
        return
    if limit or rate or dry_run:
        raise Usage("--limit, --rate and --dry-run go with --filter")
    if not retry_each(context, deliveries, timeout if wait else None):
        click.get_current_context().exit(FAILED)


def _matching(
    context: CommandContext, job: Callable[..., ApiCall[Matched]], *, dry_run: bool, yes: bool
) -> None:
    """Start a job for the matching deliveries after a confirmation, and follow it."""
    number = context.client.send(job(dry_run=True)).matched
    what = count(number, "delivery", "deliveries")
    if context.json and (dry_run or not number):
        context.out.json({"matched": number})
    elif dry_run:
        context.out.line(f"{what} would be retried")
    elif not number:
        context.out.note("no deliveries match that can be retried")
    if dry_run or not number:
        return
    context.confirm(f"Retry {what}?", yes=yes)
    follow(context, context.client.send(job(dry_run=False)))


def retry_each(context: CommandContext, deliveries: Sequence[str], timeout: float | None) -> bool:
    """Retry each; True when all could be retried and, with a `timeout` in seconds, succeeded.

    `timeout` None: do not wait. Raises `Refused` when the only delivery cannot be retried.
    """
    if timeout is None:
        attempts = _started(context, deliveries)
        for identity, attempt in attempts.items():
            _print_attempt(context, identity, attempt)
        return len(attempts) == len(set(deliveries))
    succeeded = 0

    def ended(delivery: Delivery) -> None:
        nonlocal succeeded
        succeeded += delivery.status == "succeeded"
        if context.json:
            context.out.json(delivery)
        else:
            context.out.line(outcome_line(context, delivery))

    wait_for(context, lambda: _started(context, deliveries), timeout, ended)
    return succeeded == len(set(deliveries))


def _started(context: CommandContext, deliveries: Sequence[str]) -> dict[str, int]:
    """The numbers of the attempts that start now, by delivery; refusals are printed."""
    attempts: dict[str, int] = {}
    for identity in dict.fromkeys(deliveries):
        try:
            attempts[identity] = context.client.send(calls.retry(identity)).attempt
        except Refused as problem:
            if len(deliveries) == 1 or problem.exit_code != FAILED:
                raise
            context.out.note(f"{safe_line(identity)}: {safe_line(problem.message)}", "bad")
    return attempts


def _print_attempt(context: CommandContext, identity: str, attempt: int) -> None:
    if context.json:
        context.out.json({"id": identity, "attempt": attempt})
    else:
        context.out.line(f"{safe_line(identity)}  attempt {attempt} is made now")
