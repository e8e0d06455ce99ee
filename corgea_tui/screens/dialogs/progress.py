"""The progress and the result of a long task."""

import asyncio
from typing import ClassVar

from textual.binding import Binding, BindingType

from corgea_tui.client.errors import Refused, Unreachable
from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.state.long_tasks import LongTask, TaskProgress
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import Line

BAR = 40
"""Columns of the bar."""


class ProgressView(Dialog[str]):
    """Shows a task until the user closes it; returns the filter of its failures on request."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="progress.close"),
        Binding("c", "cancel", "stop", id="progress.stop"),
        Binding("enter", "failures", "show failures", id="progress.failures"),
    ]

    def __init__(self, what: str, task: LongTask) -> None:
        super().__init__([], [("c", "stop", "cancel"), ("esc", "hide", "leave")])
        self._what = what
        self._long_task = task
        self._progress = TaskProgress("starting …")

    def on_mount(self) -> None:
        """Follow the task."""
        super().on_mount()
        self._show()
        self.run_worker(self._follow(), group="progress")

    async def _follow(self) -> None:
        while not self._progress.over:
            self._progress = await self._long_task.step()
            self._show()
            await asyncio.sleep(0 if self._progress.over else self._long_task.pace)
        self._show_end()

    def _show(self) -> None:
        progress = self._progress
        style = "" if not progress.over else "bad" if progress.failed else "good"
        lines: list[Line] = [(Cell(safe_line(self._what), "here"),), ()]
        if progress.matched:
            lines.append(_bar(progress.done, progress.matched))
        lines += [(Cell(safe_line(words), style),) for words in progress.words.split("\n")]
        self.text.show(lines)

    def _show_end(self) -> None:
        keys = [("esc", "close", "leave")]
        if self._progress.failures:
            keys.insert(0, ("enter", "show failures", "failures"))
        self.show_keys(keys)

    async def action_cancel(self) -> None:
        """Stop the task."""
        if self._progress.over:
            return
        try:
            await self._long_task.cancel()
        except (Refused, Unreachable) as error:
            self.notify(safe_line(str(error)), severity="warning", markup=False)

    def action_leave(self) -> None:
        """Close; a job of the daemon goes on."""
        self.dismiss("")

    def action_failures(self) -> None:
        """Close and show the failures."""
        if self._progress.failures:
            self.dismiss(self._progress.failures)


def _bar(done: int, matched: int) -> Line:
    filled = min(BAR, BAR * done // matched)
    return (
        Cell("━" * filled, "accent"),
        Cell("─" * (BAR - filled), "quiet"),
        Cell(f"  {done:,} of {matched:,}"),
    )
