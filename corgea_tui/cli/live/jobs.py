"""The progress of bulk retries and replays."""

import time

import click

from corgea_tui.cli.context import CommandContext
from corgea_tui.client import calls
from corgea_tui.client.api_call import Matched
from corgea_tui.client.errors import FAILED, ClientError
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import count
from daemon.protocol import Job

POLL_SECONDS = 0.3
BAR = 30


def follow(context: CommandContext, begun: Matched) -> None:
    """Show a job's progress until it ends; Ctrl-C cancels it. Exits 1 after a failure."""
    out, job_id = context.out, begun.job_id or ""
    try:
        job = _until_done(context, job_id)
    except KeyboardInterrupt:
        out.redraw("")
        try:
            context.client.send(calls.cancel_job(job_id))
            out.note(f"job {safe_line(job_id)} is cancelled; started deliveries go on", "warn")
        except ClientError as error:
            out.note(f"job {safe_line(job_id)} may still run: {safe_line(error.message)}", "warn")
        raise
    out.redraw("")
    if context.json:
        out.json(job)
    else:
        succeeded = f"{job.succeeded:,} succeeded"
        failed = out.paint(f"{job.failed:,} failed", "bad" if job.failed else "quiet")
        out.line(f"{count(job.started, 'delivery', 'deliveries')} sent: {succeeded}, {failed}")
    if job.error:
        out.note(safe_line(job.error), "bad")
    if job.failed or job.state != "done":
        click.get_current_context().exit(FAILED)


def _until_done(context: CommandContext, job_id: str) -> Job:
    while True:
        job = context.client.send(calls.job(job_id))
        if job.state != "running":
            return job
        done = job.succeeded + job.failed
        filled = BAR * done // max(1, job.matched)
        context.out.redraw(f"{'█' * filled}{'░' * (BAR - filled)}  {done:,} of {job.matched:,}")
        time.sleep(POLL_SECONDS)
