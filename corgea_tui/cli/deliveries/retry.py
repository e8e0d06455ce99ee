"""`corgea-tui deliveries retry`."""

from collections.abc import Mapping

import click
import msgspec

from corgea_tui.cli.complete import filters
from corgea_tui.cli.confirm import confirm
from corgea_tui.cli.jobs import Started, follow, matched
from corgea_tui.cli.session import Session, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.errors import FAILED, Refused, Usage
from corgea_tui.lean_client import segment
from corgea_tui.output import show
from corgea_tui.output_words import count

EXAMPLE = """
corgea-tui deliveries retry 0193b2c3-…
corgea-tui deliveries retry --filter 'status:failed webhook:Jira since:1h' --dry-run
corgea-tui deliveries retry --filter status:failed --rate 5 --yes
"""


class Retried(msgspec.Struct, frozen=True):
    """The answer to a retry: the number of the attempt that is made now."""

    attempt: int


@verb("retry", example=EXAMPLE)
@click.argument("deliveries", nargs=-1, metavar="[ID]...")
@click.option("--filter", "text", metavar="FILTER", shell_complete=filters, help="All that match.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="So many a second.")
@click.option("--dry-run", is_flag=True, help="Only say how many match.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def retry(
    session: Session,
    *,
    deliveries: tuple[str, ...],
    text: str | None,
    limit: int | None,
    rate: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Try deliveries again: one attempt each, at once, with the webhook as it is now.

    With --filter the number is shown and asked about first. Exits 1 when one cannot be retried.
    """
    if bool(deliveries) == (text is not None):
        raise Usage("say which: ids, or --filter")
    if text is None:
        if limit or rate or dry_run:
            raise Usage("--limit, --rate and --dry-run go with --filter")
        _each(session, deliveries)
        return
    wanted = {"filter": text, "limit": limit, "rate": rate}
    number = matched(session, "/v1/deliveries/retry", wanted)
    if dry_run:
        if session.json:
            session.out.json({"matched": number})
        else:
            session.out.line(f"{count(number, 'delivery', 'deliveries')} would be tried again")
        return
    if number == 0:
        session.out.note("nothing matches that can be tried again")
        return
    confirm(session, f"Try {count(number, 'delivery', 'deliveries')} again?", yes=yes)
    job = session.client.post("/v1/deliveries/retry", Started, _given(wanted))
    follow(session, job.job_id)


def _each(session: Session, deliveries: tuple[str, ...]) -> None:
    refused = False
    for identity in deliveries:
        path = f"/v1/deliveries/{segment(identity)}/retry"
        try:
            raw = session.client.post(path, msgspec.Raw)
        except Refused as problem:
            if len(deliveries) == 1 or problem.exit_code != FAILED:
                raise
            refused = True
            session.out.note(f"{show(identity)}: {show(problem.message)}", "bad")
            continue
        if session.json:
            session.out.json(raw)
        else:
            number = msgspec.json.decode(raw, type=Retried).attempt
            session.out.line(f"{show(identity)}  attempt {number} is made now")
    if refused:
        click.get_current_context().exit(FAILED)


def _given(wanted: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in wanted.items() if value is not None}
