"""How long work goes on, and what came of it."""

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
    """Shows work until it is over and read; gives the filter of its failures when asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="progress.close"),
        Binding("c", "cancel", "stop", id="progress.stop"),
        Binding("enter", "failures", "show failures", id="progress.failures"),
    ]

    def __init__(self, what: str, work: LongTask) -> None:
        super().__init__([], [("c", "stop", "cancel"), ("esc", "hide", "leave")])
        self._what = what
        self._work = work
        self._progress = TaskProgress("starting …")

    def on_mount(self) -> None:
        """Follow the work."""
        super().on_mount()
        self._show()
        self.run_worker(self._follow(), group="progress")

    async def _follow(self) -> None:
        while not self._progress.over:
            self._progress = await self._work.step()
            self._show()
            await asyncio.sleep(0 if self._progress.over else self._work.pace)
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
            keys.insert(0, ("enter", "show what failed", "failures"))
        self.show_keys(keys)

    async def action_cancel(self) -> None:
        """Stop the work."""
        if self._progress.over:
            return
        try:
            await self._work.cancel()
        except (Refused, Unreachable) as error:
            self.notify(safe_line(str(error)), severity="warning", markup=False)

    def action_leave(self) -> None:
        """Close; the daemon's work goes on."""
        self.dismiss("")

    def action_failures(self) -> None:
        """Close and show what failed."""
        if self._progress.failures:
            self.dismiss(self._progress.failures)


def _bar(done: int, matched: int) -> Line:
    filled = min(BAR, BAR * done // matched)
    return (
        Cell("━" * filled, "accent"),
        Cell("─" * (BAR - filled), "quiet"),
        Cell(f"  {done:,} of {matched:,}"),
    )
