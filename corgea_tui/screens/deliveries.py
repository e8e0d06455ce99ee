"""Deliveries: the live feed, and the selected one in full."""

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from corgea_tui.client.client import Client, Listed
from corgea_tui.client.updates import LinkState, Update, UpdateBatch
from corgea_tui.screens.actions.finding import Finder
from corgea_tui.screens.browser import Browser
from corgea_tui.screens.feed_loader import FeedLoader
from corgea_tui.screens.main_screen import ShowDeliveries, anew, needs
from corgea_tui.screens.now import Now
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import LIMIT, safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details.lines import plain
from corgea_tui.views.rows.feed_rows import FeedRows
from corgea_tui.widgets.feed_view import FeedView
from corgea_tui.widgets.filter_bar import FilterBar
from corgea_tui.widgets.row_list import RowList
from daemon.protocol import Delivery, DeliveryDetail, Webhook

if TYPE_CHECKING:
    from daemon.domain.filters.parser import FilterKey

TABS = ("overview", "payload", "request", "response", "attempts")
KNOWN = 100
"""Rows whose types and projects are proposed in a filter."""
EMPTY = "no deliveries yet: `corgea-tui emit scan.completed` sends an event, 2 shows the webhooks"


class DeliveriesScreen(Browser):
    """Place 1."""

    HERE = "deliveries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "failure(1)", "next failure", id="failure.next"),
        Binding("N", "failure(-1)", "previous failure", show=False, id="failure.previous"),
        Binding("r", "retry", "retry", id="delivery.retry"),
        Binding("slash", "filter", "filter", key_display="/", id="filter"),
        Binding("p", "toggle_webhook", "pause or activate", id="webhook.pause"),
        Binding("f", "follow", "follow", id="follow"),
        Binding("y", "copy", "copy", id="delivery.copy"),
        Binding("R", "retry_many", "retry many", id="delivery.retry_many"),
        Binding("T", "jump", "jump to a time", show=False, id="jump"),
        Binding("F", "saved_filter", "saved filters", show=False, id="filter.saved"),
        Binding("t", "test_webhook", "test webhook", show=False, id="webhook.test"),
        Binding("o", "sort", "sort", show=False, id="sort"),
        Binding("space", "mark", "mark", show=False, id="mark"),
        Binding("x", "export", "export", show=False, id="delivery.export"),
    ]

    def __init__(self, session: Session) -> None:
        feed = session.feed
        self._view = FeedView(feed, FeedRows(feed, session.now), id="feed")
        super().__init__(session, self._view, TABS)
        self._feed = feed
        self._filter = FilterBar(self._problem_in, self._words, id="filter")
        self._filter.add_class("bar")
        self._detail: DeliveryDetail | None = None
        self._now = Now(self, self.pane)
        self._loader = FeedLoader(self, self._feed, self._fetch, self._rows_changed)
        self._finder = Finder(self, self._view, self._feed, self._loader, self._show_filtered)

    def body(self) -> Iterable[Widget]:
        """The filter, the feed, the detail."""
        yield self._filter
        yield Container(self.list, self.pane, id="body")

    # --- news

    def known(self, update: Update | None) -> None:
        """Show the feed; read the selected delivery again when it changed, or may have."""
        if self.session.feed_outdated and self.session.link_state.connected:
            self._load(gap=self._feed.loaded)
        self._rows_changed()
        selected = self.list.selected
        if isinstance(update, UpdateBatch) and any(row.id == selected for row in update.deliveries):
            self.read_detail()
        elif anew(update):
            self.read_detail()
            self.show_detail()
        elif not isinstance(update, LinkState):
            self.show_detail()

    def _waiting_words(self) -> str:
        if self._feed.loaded:
            return "nothing matches this filter" if self.session.filter_text else EMPTY
        return self.waiting_words

    def _show_counts(self) -> None:
        feed = self._feed
        total = (
            "10,000+ deliveries"
            if feed.total is None
            else count(feed.total, "delivery", "deliveries")
        )
        words = [total if feed.loaded else ""]
        if feed.marks:
            words.append(f"{len(feed.marks):,} marked")
        if feed.new_above:
            words.append(f"{feed.new_above:,} new above")
        if feed.order:
            words.append(feed.order)
        words.append("following" if feed.following else "f follows")
        self._filter.show(" · ".join(word for word in words if word))

    # --- the selected delivery

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show another delivery."""
        event.stop()
        self._detail = None
        self._show_counts()
        self.reading()
        self.show_detail()
        if event.key is not None:
            self.read_detail()

    @property
    def selected(self) -> Delivery | None:
        """The selected delivery."""
        index = self.list.index
        row = None if index is None else self._feed.row(index)
        return row if isinstance(row, Delivery) else None

    def read_detail(self) -> None:
        """Read the selected delivery with its attempts."""
        delivery = self.selected
        if delivery is not None and self.detail_in_sight:
            self.reading()
            self.call(
                lambda client: client.delivery(delivery.id),
                self._take_detail,
                group="detail",
                failed=self.not_read,
            )

    def _take_detail(self, detail: DeliveryDetail) -> None:
        if detail.id == self.list.selected:
            self._detail = detail
            self.show_detail()

    def show_detail(self) -> None:
        """Show the selected delivery, or what is failing when none is."""
        now, delivery, detail = self.session.now(), self.selected, self._detail
        if delivery is None:
            self._now.show()
            return
        self._now.hide()
        from corgea_tui.views.details.delivery_text import PARTS, title

        session = self.session
        webhook = session.webhooks.get(delivery.webhook_id)
        head = title(delivery, webhook, now, session.pause_after)
        make = PARTS[self.pane.tab]
        lines = self.awaited if detail is None else make(detail, now, LIMIT)
        self.pane.show(delivery.id, head, lines)

    def on_resize(self) -> None:
        """What is failing is told in the room that there is."""
        self.call_after_refresh(self.show_detail)

    def full_text(self) -> str:
        """The chosen part of the delivery, whole."""
        if self._detail is None:
            return super().full_text()
        from corgea_tui.views.details.delivery_text import PARTS

        return plain(PARTS[self.pane.tab](self._detail, self.session.now(), sys.maxsize))

    # --- moving about

    def leave_filter(self) -> None:
        """Show everything again."""
        if self.session.filter_text:
            self._show_filtered("")

    def action_follow(self) -> None:
        """Back to the newest, and to the usual order."""
        if self._feed.order:
            self._refilter(self.session.filter_text)
        self._view.follow()
        self._show_counts()

    def action_failure(self, step: int) -> None:
        """Select the next failure in direction `step`, however far down it is."""
        text = self.session.filter_text

        async def failed(client: Client, before: str, limit: int) -> Listed[Delivery]:
            return await client.deliveries(text, before=before, limit=limit, status="failed")

        self._finder.next(step, "failure", lambda row: row.status == "failed", failed, text)

    def on_feed_view_oldest_wanted(self, event: FeedView.OldestWanted) -> None:
        """Go to the oldest delivery that the filter lets through."""
        event.stop()
        text = self.session.filter_text

        async def all_of(client: Client, before: str, limit: int) -> Listed[Delivery]:
            return await client.deliveries(text, before=before, limit=limit)

        self._finder.oldest(all_of, text)

    def on_row_list_scrolled(self) -> None:
        """Fetch what comes into sight, a little before it does."""
        self._show_counts()
        self._loader.look(*self.list.in_sight)

    def _rows_changed(self) -> None:
        self.list.waiting_words = self._waiting_words()
        self.list.update()
        self._show_counts()
        self._loader.look(*self.list.in_sight)

    # --- the filter

    async def action_filter(self) -> None:
        """Type a filter."""
        self.remove_class("-open")
        await self._filter.edit()

    def action_jump(self) -> None:
        """Show what was there up to a time."""
        from corgea_tui.screens.actions.go_to_time import jump

        jump(self, self.session.filter_text, self._problem_in, self._show_filtered)

    def action_sort(self) -> None:
        """Arrange the newest that match in another order."""
        from corgea_tui.screens.actions.sorting import choose_order

        choose_order(self, self.session.filter_text, self.action_follow, self._arrange)

    def _arrange(self, order: str, rows: list[Delivery]) -> None:
        self._feed.arrange(order, rows)
        self.list.select(None)
        self.list.scroll_to(y=0, animate=False)
        self._rows_changed()

    def action_saved_filter(self) -> None:
        """Choose one of the saved filters."""
        from corgea_tui.screens.dialogs.choose import Choose

        filters = self.session.filters

        def chosen(name: str | None) -> None:
            if name is not None:
                self._show_filtered(filters[name])

        choices = [(safe_line(name), safe_line(text)) for name, text in filters.items()]
        self.app.push_screen(Choose([(Cell("Filters", "here"),)], choices), chosen)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Narrow the feed."""
        event.stop()
        self._refilter(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Back to the rows."""
        event.stop()
        self.list.focus()

    def _refilter(self, text: str, then: Callable[[], None] | None = None) -> None:
        """Narrow the feed at once to what it holds, then to what the daemon knows."""
        from corgea_tui.state.filtering import compiled

        self.list.select(None)
        self.session.refilter(text, compiled(text, self.session.now()))
        self._rows_changed()
        self._load(then)

    def _load(self, then: Callable[[], None] | None = None, *, gap: bool = False) -> None:
        self.session.feed_outdated = False
        self._loader.load(self._load_failed, then, gap=gap)

    def _load_failed(self, words: str) -> None:
        if not self.session.link_state.connected:
            self.session.feed_outdated = True  # read again when the link is back
        self.tell(words, "warning")

    async def _fetch(
        self, client: Client, cursor: str | None, before: str | None
    ) -> Listed[Delivery]:
        return await client.deliveries(self.session.filter_text, cursor, before)

    def _problem_in(self, text: str) -> str | None:
        from corgea_tui.state.filtering import FilterError, compiled

        try:
            compiled(text, self.session.now())
        except FilterError as error:
            return str(error)
        return None

    def _words(self) -> "dict[FilterKey, list[str]]":
        from corgea_tui.state.filtering import known_words

        rows = (self._feed.row(index) for index in range(min(len(self._feed), KNOWN)))
        deliveries = [row for row in rows if isinstance(row, Delivery)]
        return known_words(self.session.webhooks.values(), deliveries)

    # --- acting

    @needs("operator")
    def action_retry(self) -> None:
        """Send the selected delivery once more."""
        if (delivery := self._chosen()) is not None:
            from corgea_tui.screens.actions import common

            common.retry(self, delivery)

    @needs("operator")
    def action_toggle_webhook(self) -> None:
        """Pause the webhook of the selected delivery, or activate it."""
        if (webhook := self._webhook()) is not None:
            from corgea_tui.screens.actions import common

            common.toggle(self, webhook)

    @needs("operator")
    def action_test_webhook(self) -> None:
        """Send a test event to the webhook of the selected delivery."""
        if (webhook := self._webhook()) is not None:
            from corgea_tui.screens.actions import common

            common.test(self, webhook)

    def action_mark(self) -> None:
        """Mark the selected delivery, or unmark it; it stays selected, so that `n` skips none."""
        if self._chosen() is not None and self.list.selected is not None:
            self._feed.toggle_mark(self.list.selected)
            self._rows_changed()

    @needs("operator")
    def action_retry_many(self) -> None:
        """Retry what is marked, else what the filter lets through."""
        from corgea_tui.screens.actions import bulk

        if self._feed.marks:
            bulk.retry_marked(self, sorted(self._feed.marks), self._show_filtered, self._unmark)
        elif text := self.session.filter_text:
            bulk.run(
                self,
                f"Retry what matches {text}",
                lambda client, *, dry_run: client.retry_matching(text, dry_run=dry_run),
                bulk.failed_of(text),
                self._show_filtered,
            )
        else:
            self.tell("mark deliveries with space, or narrow them with / first", "warning")

    def _unmark(self) -> None:
        self._feed.unmark()
        self._rows_changed()

    def on_show_deliveries(self, message: ShowDeliveries) -> None:
        """Another place sends the reader here."""
        message.stop()
        self.remove_class("-open")
        self._show_filtered(message.text)

    def _show_filtered(self, text: str, then: Callable[[], None] | None = None) -> None:
        self._filter.set_text(text)
        self._refilter(text, then)

    def action_export(self) -> None:
        """Write what the filter lets through to a file."""
        from corgea_tui.screens.actions.export import export

        export(self, self.session.filter_text)

    def action_copy(self) -> None:
        """Copy something of the selected delivery."""
        if (delivery := self._chosen()) is not None:
            from corgea_tui.screens.actions.copying import copy_of_delivery

            copy_of_delivery(self, delivery, self._detail)

    def _chosen(self) -> Delivery | None:
        if (delivery := self.selected) is None:
            self.tell("select a delivery first: ↓, or n for the next failure", "warning")
        return delivery

    def _webhook(self) -> Webhook | None:
        delivery = self._chosen()
        webhook = self.session.webhooks.get(delivery.webhook_id) if delivery else None
        if delivery is not None and webhook is None:
            self.tell(f"{delivery.webhook_name} was deleted", "warning")
        return webhook
