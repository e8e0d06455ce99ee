"""The Statistics screen: deliveries over a window of time, in all and for each webhook."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused
from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.screens.actions import webhook_actions
from corgea_tui.screens.main_screen import MainScreen, needs
from corgea_tui.screens.refresher import Refresher
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import clock
from corgea_tui.views.details.statistics_plots import (
    deliveries_plot,
    durations_plot,
    spread_plot,
    window_words,
)
from corgea_tui.views.rows.statistics_rows import StatisticsRows
from corgea_tui.widgets.one_line import OneLine, Word
from corgea_tui.widgets.plot_view import PlotView
from corgea_tui.widgets.row_list import RowList, SortedList
from daemon.domain.filters.tokens import quote
from daemon.protocol import AllStatistics, Webhook, WebhookStatistics

WINDOWS = {"15m": 2.0, "1h": 2.0, "24h": 10.0, "7d": 30.0}
"""The windows, and the seconds between two polls of each."""
IDLE = 30.0
"""Seconds between two polls while nothing is delivered."""
EACH = 0.04
"""Seconds between two polls for each webhook, so that a long answer is requested less often."""
PLOTS = ("deliveries", "durations", "answers")
NAME = 40
WIDE, TALL = 108, 28
"""Columns and lines from which on all plots are visible at once (`statistics.tcss`)."""

Found = tuple[AllStatistics, WebhookStatistics | None]


class StatisticsScreen(MainScreen):
    """Screen 4."""

    SCREEN_NAME = "statistics"
    AUTO_FOCUS = "#webhooks"
    CSS_PATH = "statistics.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="back"),
        Binding("left,minus", "step_window(-1)", "shorter window", show=False, id="window.shorter"),
        Binding("right,plus", "step_window(1)", "window", key_display="← →", id="window.longer"),
        Binding("o", "sort", "sort", id="sort"),
        Binding("p", "toggle_webhook", "pause or activate", id="webhook.pause"),
        Binding("t", "test_webhook", "test webhook", show=False, id="webhook.test"),
        Binding("n", "failing(1)", "next failing", id="failure.next"),
        Binding("N", "failing(-1)", "previous failing", show=False, id="failure.previous"),
        Binding("right_square_bracket", "step_plot(1)", "next plot", show=False, id="tab.next"),
        Binding(
            "left_square_bracket", "step_plot(-1)", "previous plot", show=False, id="tab.previous"
        ),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._window = "1h"
        self._plot = PLOTS[0]
        self.add_class(f"-{self._plot}")
        self._found: AllStatistics | None = None
        self._own: WebhookStatistics | None = None
        self._read_at = ""
        self._problem = ""
        self._rows = StatisticsRows(session.webhooks.get)
        self._head = OneLine(id="window")
        self._totals = OneLine(id="totals")
        self._plots = {name: PlotView(id=name) for name in PLOTS}
        self._list = SortedList(self._rows, id="webhooks")
        self._refresher = Refresher(
            self, self._read, self._take, self._failed, group="statistics", idle=IDLE
        )
        self._refresher.pace = WINDOWS[self._window]

    def body(self) -> Iterable[Widget]:
        """The window, its figures, the plots, the webhooks."""
        yield self._head
        yield self._totals
        yield Container(Vertical(*self._plots.values(), id="plots"), self._list, id="body")

    # --- updates

    def show_changes(self, update: Update | None) -> None:
        """Poll again soon after a delivery, and at once when the link is back."""
        if isinstance(update, UpdateBatch):
            if update.deliveries:
                self._refresher.touch()
            if update.webhooks or update.removed:
                self._refresher.touch()
                self._list.update()
            return
        if update is None or self.session.link_state.connected:
            self._refresher.start()
        self._show()

    def on_screen_suspend(self) -> None:
        """Read nothing while another screen is shown."""
        self._refresher.stop()

    def on_resize(self) -> None:
        """Show tabs for the plots that do not fit."""
        self._show_head()

    async def _read(self, client: Client) -> Found:
        window, chosen = self._window, self._list.selected
        found = await client.send(calls.statistics(window))
        if chosen is None:
            return found, None
        try:
            return found, await client.send(calls.webhook_statistics(chosen, window))
        except Refused:  # deleted meanwhile: the next answer no longer lists it
            return found, None

    def _take(self, found: Found) -> None:
        self._found, own = found
        self._keep(own)
        self._refresher.pace = max(WINDOWS[self._window], EACH * len(self._found.webhooks))
        self._read_at = clock(self.session.now().isoformat(), self.session.now())
        self._problem = ""
        if self._rows.show(self._found.webhooks, keep=self._list.selected is not None):
            self._list.update()
        self._show()

    def _keep(self, own: WebhookStatistics | None) -> None:
        """Keep the selected webhook's statistics until newer ones arrive."""
        if self._list.selected is None:
            self._own = None
        elif own is not None and own.webhook_id == self._list.selected:
            self._own = own

    def _failed(self, words: str) -> None:
        self._problem = words
        self._show()

    # --- showing

    def _show(self) -> None:
        self.set_class(self._found is None, "-nothing")
        self._list.waiting_words = self._waiting_words()
        self._show_head()
        subject = self._own or self._found
        if subject is None or subject.span is None:
            return
        series, whole = subject.series or [], subject.span
        self._plots["deliveries"].show(deliveries_plot(series))
        self._plots["durations"].show(durations_plot(series, whole))
        self._plots["answers"].show(spread_plot(whole))
        self._totals.write([Word((Cell("  "), *cells)) for cells in window_words(whole)])

    def _waiting_words(self) -> str:
        if self._found is not None:
            return "no webhooks yet: 2, then a, adds one"
        if self._problem:
            return "the statistics could not be read"
        return self.waiting_words

    def _show_head(self) -> None:
        windows = [
            Word(
                (Cell(f"  {name}", "here" if name == self._window else "quiet"),),
                f"window('{name}')",
            )
            for name in WINDOWS
        ]
        left = [*windows, Word((Cell("    "), self._subject()))]
        self._head.write(left, [*self._freshness(), *self._tabs()])

    def _subject(self) -> Cell:
        """The webhook of the plots, or all."""
        if self._own is None:
            return Cell("all webhooks", "quiet")
        return Cell(safe_line(self._own.webhook_name, NAME), "strong")

    def _freshness(self) -> list[Word]:
        """The error of the last poll, and the time of outdated figures."""
        words = []
        if self._problem and self.session.link_state.connected:
            words.append(Cell(f"  ✖ {safe_line(self._problem, NAME)} ", "bad"))
        if self._found is not None and (self._problem or self.session.stale):
            words.append(Cell(f"  read at {self._read_at} ", "warn"))
        return [Word(tuple(words))] if words else []

    def _tabs(self) -> list[Word]:
        """The tabs of the plots, where only one fits."""
        if self._found is None or (self.size.width >= WIDE and self.size.height >= TALL):
            return []
        return [
            Word((Cell(f"{name}  ", "here" if name == self._plot else "quiet"),), f"plot('{name}')")
            for name in PLOTS
        ]

    # --- the selected webhook

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show the selected webhook's series; without one, the series of all."""
        event.stop()
        if (chosen := event.key) is None:
            self._own = None
            self._show()
            return
        window = self._window
        self.call(
            lambda client: client.send(calls.webhook_statistics(chosen, window)),
            self._take_own,
            group="own",
            failed=self._failed,
        )

    def _take_own(self, own: WebhookStatistics) -> None:
        self._keep(own)
        self._show()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Show the webhook's failures in this window; without any, all its deliveries."""
        event.stop()
        figures = self._rows.figures(event.key)
        if figures is None:
            return
        failed = figures.span is not None and figures.span.failed
        name = quote(figures.webhook_name, after_key=True)
        status = "status:failed " if failed else ""
        self.show_deliveries(f"webhook:{name} {status}since:{self._window}")

    def on_sorted_list_title_clicked(self, event: SortedList.TitleClicked) -> None:
        """Sort by the clicked column."""
        event.stop()
        if self._rows.sort_by(event.title):
            self._list.resorted()

    # --- keys

    def action_back(self) -> None:
        """Show the series of all webhooks again."""
        self._list.select(None)

    def action_window(self, name: str) -> None:
        """Show another window."""
        if name != self._window:
            self._window = name
            self._refresher.pace = WINDOWS[name]
            self._refresher.restart()
            self._show_head()

    def action_step_window(self, step: int) -> None:
        """Show the next longer or shorter window."""
        names = list(WINDOWS)
        index = names.index(self._window) + step
        self.action_window(names[max(0, min(index, len(names) - 1))])

    def action_plot(self, name: str) -> None:
        """Show another plot, where only one fits."""
        self.remove_class(f"-{self._plot}")
        self._plot = name
        self.add_class(f"-{name}")
        self._show_head()

    def action_step_plot(self, step: int) -> None:
        """Show the next plot."""
        self.action_plot(PLOTS[(PLOTS.index(self._plot) + step) % len(PLOTS)])

    def action_sort(self) -> None:
        """Sort by the next order."""
        self._rows.next_order()
        self._list.resorted()
        self.toast(self._rows.order.name)

    def action_failing(self, step: int) -> None:
        """Select the next webhook with failures in this window, in direction `step`."""
        index = self._list.index
        start = (-1 if index is None else index) + step
        key = self._rows.failing(start, step)
        if key is None:
            self.toast(f"no webhook {'below' if step > 0 else 'above'} had failures in this window")
        else:
            self._list.select(key)

    @needs("operator")
    def action_toggle_webhook(self) -> None:
        """Pause the selected webhook, or activate it."""
        if (webhook := self._webhook()) is not None:
            webhook_actions.toggle(self, webhook)

    @needs("operator")
    def action_test_webhook(self) -> None:
        """Send a test event to the selected webhook."""
        if (webhook := self._webhook()) is not None:
            webhook_actions.test(self, webhook)

    def _webhook(self) -> Webhook | None:
        webhook = self.session.webhooks.get(self._list.selected or "")
        if webhook is None:
            self.toast("first select a webhook: ↓, or n for the next failing", "warning")
        return webhook
