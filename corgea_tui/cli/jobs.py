"""Bulk retries and replays: how many it would be, and how far it is."""

import time
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from corgea_tui.cli.session import CommandContext
from corgea_tui.client.errors import FAILED, CommandError
from corgea_tui.text.output import show
from corgea_tui.text.words import count
from daemon.protocol import Job

POLL_SECONDS = 0.3
BAR = 30


class Matched(msgspec.Struct, frozen=True):
    """The answer to a dry run."""

    matched: int


class Started(msgspec.Struct, frozen=True):
    """The answer to the start of a job."""

    job_id: str
    matched: int


def matched(session: CommandContext, path: str, wanted: Mapping[str, Any]) -> int:
    """How many deliveries or events the job would take."""
    given = {key: value for key, value in wanted.items() if value is not None}
    return session.client.post(path, Matched, {**given, "dry_run": True}).matched


def follow(session: CommandContext, job_id: str) -> None:
    """Show the job's progress until it ends; Ctrl-C cancels it. Exits 1 when something failed."""
    out = session.out
    try:
        job = _until_done(session, job_id)
    except KeyboardInterrupt:
        out.redraw("")
        try:
            session.client.post(f"/v1/jobs/{job_id}/cancel", msgspec.Raw)
            out.note(f"job {show(job_id)} is cancelled; what was started is finished", "warn")
        except CommandError as error:
            out.note(f"job {show(job_id)} may still run: {show(error.message)}", "warn")
        raise
    out.redraw("")
    if session.json:
        out.json(job)
    else:
        succeeded = f"{job.succeeded:,} succeeded"
        failed = out.paint(f"{job.failed:,} failed", "bad" if job.failed else "quiet")
        out.line(f"{count(job.started, 'delivery', 'deliveries')} sent: {succeeded}, {failed}")
    if job.error:
        out.note(show(job.error), "bad")
    if job.failed or job.state != "done":
        click.get_current_context().exit(FAILED)


def _until_done(session: CommandContext, job_id: str) -> Job:
    while True:
        job = session.client.get(f"/v1/jobs/{job_id}", Job)
        if job.state != "running":
            return job
        done = job.succeeded + job.failed
        filled = BAR * done // max(1, job.matched)
        session.out.redraw(f"{'█' * filled}{'░' * (BAR - filled)}  {done:,} of {job.matched:,}")
        time.sleep(POLL_SECONDS)
