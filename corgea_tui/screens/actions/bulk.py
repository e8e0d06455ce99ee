"""Long tasks on many deliveries: exports, and retries and replays after a confirmation."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from corgea_tui.client.api_call import ApiCall, Matched
from corgea_tui.client.errors import Unreachable
from corgea_tui.screens.dialogs.progress import ProgressView
from corgea_tui.screens.dialogs.questions import Choose, Confirm
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.long_tasks import DaemonJob, Export, LongTask, MarkedRetries
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count


class CountOrStart(Protocol):
    """Makes the call that counts the deliveries (`dry_run`) or starts the job."""

    def __call__(self, *, dry_run: bool) -> ApiCall[Matched]:
        """A call that returns the number of deliveries, and the job's id once it has started."""
        ...


NOT_SENT = "status:failed status:discarded"
Show = Callable[[str], None]
"""Shows the deliveries that a filter matches."""


def run(
    screen: MainScreen, what: str, request: CountOrStart, failures: str, show: Show | None = None
) -> None:
    """Count the deliveries, confirm, start a job of the daemon and show its progress.

    `failures`: the filter for the failed deliveries of the job, for `show`.
    """

    def counted(found: Matched) -> None:
        if not found.matched:
            screen.toast(f"{what}: no deliveries match")
            return
        lines = [
            (Cell(safe_line(what), "here"),),
            (),
            (Cell(f"{count(found.matched, 'delivery', 'deliveries')} will be sent again."),),
        ]
        screen.app.push_screen(Confirm(lines, "send them"), answered)

    def answered(yes: bool | None) -> None:  # noqa: FBT001  # Textual's callback
        if yes:
            screen.call(lambda client: client.send(request(dry_run=False)), started, group="bulk")

    def started(found: Matched) -> None:
        if found.job_id is not None:
            task = DaemonJob(lambda: screen.session.client, found.job_id, failures)
            follow(screen, what, task, show)

    screen.call(lambda client: client.send(request(dry_run=True)), counted, group="bulk")


def failed_of(text: str) -> str:
    """The filter `text` with the failed and discarded deliveries instead of its own statuses.

    Discarded ones are included: a job counts them when their webhook is paused meanwhile.
    """
    kept = [word for word in text.split(" ") if word and "status:" not in word[:8]]
    return " ".join([*kept, NOT_SENT])


def retry_marked(screen: MainScreen, ids: list[str], show: Show, began: Callable[[], None]) -> None:
    """Retry the marked deliveries after a confirmation; `began` is called at their start."""
    what = f"Retry {count(len(ids), 'marked delivery', 'marked deliveries')}"

    def answered(yes: bool | None) -> None:  # noqa: FBT001  # Textual's callback
        if yes:
            began()
            follow(screen, what, MarkedRetries(lambda: screen.session.client, ids), show)

    lines = [(Cell(what, "here"),), (), (Cell("Each is sent again now."),)]
    screen.app.push_screen(Confirm(lines, "send them"), answered)


def follow(screen: MainScreen, what: str, task: LongTask, show: Show | None) -> None:
    """Show the progress of a task."""

    def left(failures: str | None) -> None:
        if failures and show is not None:
            show(failures)

    screen.app.push_screen(ProgressView(what, task), left)


KINDS = {"CSV": "csv", "JSON lines": "ndjson"}


def export(screen: MainScreen, text: str) -> None:
    """Let the user choose the format, then write a new file in the app's current folder."""
    if (reason := screen.session.blocked_reason("viewer")) is not None:
        screen.toast(reason, "warning")
        return
    stamp = screen.session.now().astimezone().strftime("%Y%m%d-%H%M%S")
    paths = {name: Path.cwd() / f"corgea-deliveries-{stamp}.{kind}" for name, kind in KINDS.items()}

    def chosen(name: str | None) -> None:
        if name is None:
            return
        try:
            pieces = screen.session.client.export(text, KINDS[name])
        except Unreachable as error:
            screen.toast(str(error), "error")
        else:
            follow(screen, f"Export to {paths[name].name}", Export(pieces, paths[name]), None)

    what = f"the deliveries that match {safe_line(text)}" if text else "the whole history"
    lines = [(Cell(f"Export {what}", "here"),)]
    choices = [(name, safe_line(str(path))) for name, path in paths.items()]
    screen.app.push_screen(Choose(lines, choices), chosen)
