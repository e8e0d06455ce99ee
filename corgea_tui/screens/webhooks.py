"""The Webhooks screen: all webhooks with their statistics, and the details of the selected one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.screens.actions import webhook_actions
from corgea_tui.screens.browser import Browser
from corgea_tui.screens.failure_runs import read_failure_runs
from corgea_tui.screens.main_screen import must_reread, needs
from corgea_tui.screens.refresher import Refresher
from corgea_tui.state.session import Session
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details import webhook_text
from corgea_tui.views.details.lines import Line, quiet
from corgea_tui.views.rows.webhook_rows import WebhookRows
from corgea_tui.widgets.detail_pane import DetailPane
from corgea_tui.widgets.one_line import OneLine, Word
from corgea_tui.widgets.row_list import RowList
from daemon.protocol import AllStatistics, Webhook

TABS = ("overview", "filters", "failures", "audit")
REQUESTED = TABS[2:]
"""The tabs that need a request; the data of the others is in the session."""
MINUTE = 60.0
Part = Callable[[datetime], Sequence[Line]]
"""Makes the lines of a read part for the current time."""
EMPTY = (
    "no webhooks yet",
    "a       adds one with a form",
    "corgea-tui recipes list        lists predefined webhooks",
    "corgea-tui demo                shows the product with invented events",
)


class WebhooksScreen(Browser):
    """Screen 2."""

    SCREEN_NAME = "webhooks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add", id="webhook.add"),
        Binding("E", "edit", "edit", id="webhook.edit"),
        Binding("d", "duplicate", "duplicate", show=False, id="webhook.duplicate"),
        Binding("t", "test", "test", id="webhook.test"),
        Binding("p", "toggle_webhook", "pause or activate", id="webhook.pause"),
        Binding("R", "replay", "replay", id="webhook.replay"),
        Binding("D", "delete", "delete", id="webhook.delete"),
        Binding("y", "copy", "copy", show=False, id="webhook.copy"),
        Binding("o", "sort", "sort", id="sort"),
        Binding("n", "failing(1)", "next failing", show=False, id="failure.next"),
        Binding("N", "failing(-1)", "previous failing", show=False, id="failure.previous"),
    ]

    def __init__(self, session: Session) -> None:
        self._rows = WebhookRows(session.now, session.failure_runs.of)
        super().__init__(session, RowList(self._rows, id="webhooks"), TABS)
        self._counts = OneLine(id="counts")
        self._counts.add_class("bar")
        self._parts: dict[str, Part] = {}
        self._refresher = Refresher(
            self, self._read, self._take, self.detail_failed, group="part", idle=MINUTE
        )
        self._clock: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """The counts, the list, the details."""
        yield self._counts
        yield Container(self.list, self.pane, id="body")

    # --- updates

    def show_changes(self, update: Update | None) -> None:
        """Show the webhooks; the rows keep their order while one is selected."""
        if isinstance(update, UpdateBatch) and not (update.webhooks or update.removed):
            return
        self._rows.show(self.session.webhooks.values(), keep=self.list.selected is not None)
        loaded = self.session.daemon is not None
        self.list.waiting_words = EMPTY[0] if loaded else self.waiting_words
        self.list.update()
        self._show_counts()
        read_failure_runs(self, self._failure_runs_known)
        self.show_detail()
        if must_reread(update):
            self.read_detail()
            if loaded:
                self._read_hours()
                self._clock = self._clock or self.set_interval(MINUTE, self._read_hours)
        elif isinstance(update, UpdateBatch):
            self._refresher.touch()

    def _failure_runs_known(self) -> None:
        self.list.update()
        self.show_detail()

    def on_screen_suspend(self) -> None:
        """Read nothing while another screen is shown."""
        self._refresher.stop()

    def _show_counts(self) -> None:
        webhooks = self.session.webhooks.values()
        paused = sum(webhook.state == "paused" for webhook in webhooks)
        total = count(len(webhooks), "webhook")
        words = f"{total} · {paused} paused · sorted by {self._rows.order} "
        self._counts.write([], [Word((Cell(words, "quiet"),))])

    def _read_hours(self) -> None:
        """Read the last hour of each webhook, while this screen is shown."""
        if not self.is_current:
            return

        def take(found: AllStatistics) -> None:
            self._rows.show_hours({one.webhook_id: one.series or () for one in found.webhooks})
            self.list.update()

        self.call(
            lambda client: client.send(calls.statistics("1h", each=True)),
            take,
            group="hours",
            failed=lambda _: None,  # the spark lines stay; the status line shows the link
        )

    # --- the selected webhook

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show another webhook."""
        event.stop()
        self._parts.clear()
        self.detail_requested()
        self.show_detail()
        self.read_detail()

    def on_detail_pane_tab_chosen(self, event: DetailPane.TabChosen) -> None:
        """Read the chosen part."""
        event.stop()
        self.read_detail()

    @property
    def selected(self) -> Webhook | None:
        """The selected webhook."""
        index = self.list.index
        return None if index is None else self._rows.webhook(index)

    def show_detail(self) -> None:
        """Show the selected webhook; without one, a hint."""
        webhook, now = self.selected, self.session.now()
        if webhook is None:
            hint = "select a webhook with ↓ for its details"
            words = (hint,) if len(self._rows) or self.session.daemon is None else EMPTY
            self.pane.show_plain((Cell(""),), [quiet(line) for line in words])
            return
        self.pane.show(webhook.id, webhook_text.title(webhook, now), self._part(webhook))

    def _part(self, webhook: Webhook) -> Sequence[Line]:
        now = self.session.now()
        match self.pane.tab:
            case "filters":
                return webhook_text.filters(webhook, now)
            case "overview":
                run = self.session.failure_runs.of(webhook)
                return webhook_text.overview(webhook, now, run)
            case tab:
                part = self._parts.get(tab)
                return self.waiting_lines if part is None else part(now)

    def read_detail(self) -> None:
        """Read the chosen part of the selected webhook, and repeat while it is visible."""
        if self.list.selected is None or self.pane.tab not in REQUESTED or not self.detail_visible:
            self._refresher.stop()
            return
        self.detail_requested()
        self._refresher.restart()

    async def _read(self, client: Client) -> tuple[str | None, str, Part]:
        chosen, tab = self.list.selected, self.pane.tab
        if tab == "audit":
            entries = (await client.send(calls.audit(f"webhook:{chosen}"))).items
            return chosen, tab, partial(webhook_text.audit, entries)
        failed = (await client.send(calls.deliveries(f"webhook:{chosen} status:failed"))).items
        return chosen, tab, partial(webhook_text.failures, failed)

    def _take(self, read: tuple[str | None, str, Part]) -> None:
        chosen, tab, part = read
        if chosen == self.list.selected:
            self._parts[tab] = part
            self.show_detail()

    # --- moves

    def action_sort(self) -> None:
        """Sort by the next order."""
        self._rows.next_order()
        self._rows.show(self.session.webhooks.values(), keep=False)
        self.list.update()
        self._show_counts()

    def action_failing(self, step: int) -> None:
        """Select the next failing or paused webhook."""
        index = self.list.index
        start = (-1 if index is None else index) + step
        stop = len(self._rows) if step > 0 else -1
        for index in range(start, stop, step):
            webhook = self._rows.webhook(index)
            if webhook.state == "paused" or webhook.statistics.consecutive_failures:
                self.list.select(webhook.id)
                return
        self.toast("no further webhook is failing or paused")

    # --- actions

    @needs("admin")
    def action_add(self) -> None:
        """Fill in a form for a new webhook."""
        from corgea_tui.screens.form_screens.webhook_form import WebhookForm

        self.app.push_screen(WebhookForm(self.session))

    @needs("admin")
    def action_edit(self) -> None:
        """Change the selected webhook in a form."""
        if (webhook := self._selected_or_hint()) is not None:
            from corgea_tui.screens.form_screens.webhook_form import WebhookForm

            self.app.push_screen(WebhookForm(self.session, webhook))

    @needs("admin")
    def action_duplicate(self) -> None:
        """Make another one like the selected webhook."""
        if (webhook := self._selected_or_hint()) is not None:
            from corgea_tui.screens.form_screens.webhook_form import WebhookForm

            self.app.push_screen(WebhookForm(self.session, webhook, duplicate=True))

    @needs("operator")
    def action_test(self) -> None:
        """Send a test event to the selected webhook."""
        if (webhook := self._selected_or_hint()) is not None:
            webhook_actions.test(self, webhook)

    @needs("operator")
    def action_toggle_webhook(self) -> None:
        """Pause the selected webhook, or activate it."""
        if (webhook := self._selected_or_hint()) is not None:
            webhook_actions.toggle(self, webhook)

    @needs("admin")
    def action_delete(self) -> None:
        """Delete the selected webhook after the user typed its name."""
        if (webhook := self._selected_or_hint()) is not None:
            from corgea_tui.screens.actions import webhook_actions

            webhook_actions.delete(self, webhook)

    @needs("operator")
    def action_replay(self) -> None:
        """Replay the events that the selected webhook missed."""
        if (webhook := self._selected_or_hint()) is not None:
            from corgea_tui.screens.actions import webhook_actions

            webhook_actions.replay(self, webhook)

    def action_copy(self) -> None:
        """Copy a part of the selected webhook."""
        if (webhook := self._selected_or_hint()) is not None:
            from corgea_tui.screens.actions.copying import copy_one_of

            copy_one_of(self, {"name": webhook.name, "id": webhook.id, "URL": webhook.url})

    def _selected_or_hint(self) -> Webhook | None:
        if (webhook := self.selected) is None:
            self.toast("first select a webhook with ↓", "warning")
        return webhook
