"""The Deliveries screen: the live feed, and the details of the selected delivery."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.updates import LinkState, Update, UpdateBatch
from corgea_tui.screens.failure_runs import FailureSummary
from corgea_tui.screens.feed_screen import FeedScreen
from corgea_tui.screens.main_screen import ShowDeliveries, must_reread, needs
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import LIMIT, safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import plain
from corgea_tui.views.rows.feed_rows import DeliveryRows
from daemon.protocol import Delivery, DeliveryDetail, Page, Webhook

if TYPE_CHECKING:
    from corgea_tui.state.filtering import Matches
    from daemon.domain.filters.keys import FilterKey


class DeliveriesScreen(FeedScreen[Delivery]):
    """Screen 1."""

    SCREEN_NAME = "deliveries"
    NOUN = ("delivery", "deliveries")
    EMPTY = (
        "no deliveries yet: `corgea-tui emit scan.completed` sends an event, 2 shows the webhooks"
    )
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
        tabs = ("overview", "payload", "request", "response", "attempts")
        super().__init__(session, feed, DeliveryRows(feed, session.now), tabs, list_id="feed")
        self._detail: DeliveryDetail | None = None
        self._summary = FailureSummary(self, self.pane)

    def compiled(self, text: str) -> "Matches[Delivery] | None":
        """A filter of deliveries."""
        from corgea_tui.state.filtering import compiled

        return compiled(text, self.session.now())

    async def page(
        self, client: Client, text: str, cursor: str | None, before: str | None, limit: int
    ) -> Page[Delivery]:
        """A page of deliveries."""
        return await client.send(calls.deliveries(text, cursor, before, limit))

    def known_words(self, rows: Iterable[Delivery]) -> "dict[FilterKey, list[str]]":
        """Names of webhooks; types and projects of the rows."""
        from corgea_tui.state.filtering import known_words

        return known_words(self.session.webhooks.values(), rows)

    # --- updates

    def show_changes(self, update: Update | None) -> None:
        """Show the feed; read the selected delivery again when it may have changed."""
        self.update_rows()
        selected = self.list.selected
        if isinstance(update, UpdateBatch) and any(row.id == selected for row in update.deliveries):
            self.read_detail()
        elif must_reread(update):
            self.read_detail()
            self.show_detail()
        elif not isinstance(update, LinkState):
            self.show_detail()

    # --- the selected delivery

    def forget_detail(self) -> None:
        """Drop the details of the previously selected delivery."""
        self._detail = None

    def read_detail(self) -> None:
        """Read the selected delivery with its attempts."""
        delivery = self.selected
        if delivery is not None and self.detail_visible:
            self.detail_requested()
            self.call(
                lambda client: client.send(calls.delivery(delivery.id)),
                self._take_detail,
                group="detail",
                failed=self.detail_failed,
            )

    def _take_detail(self, detail: DeliveryDetail) -> None:
        if detail.id == self.list.selected:
            self._detail = detail
            self.show_detail()

    def show_detail(self) -> None:
        """Show the selected delivery; without one, the failing webhooks."""
        now, delivery, detail = self.session.now(), self.selected, self._detail
        if delivery is None:
            self._summary.show()
            return
        self._summary.hide()
        from corgea_tui.views.details.delivery_text import PARTS, title

        session = self.session
        webhook = session.webhooks.get(delivery.webhook_id)
        head = title(delivery, webhook, now, session.pause_after)
        make = PARTS[self.pane.tab]
        lines = self.waiting_lines if detail is None else make(detail, now, LIMIT)
        self.pane.show(delivery.id, head, lines)

    def on_resize(self) -> None:
        """Lay out the failing webhooks for the new size."""
        self.call_after_refresh(self.show_detail)

    def full_text(self) -> str:
        """The chosen part of the delivery in full length."""
        if self._detail is None:
            return super().full_text()
        from corgea_tui.views.details.delivery_text import PARTS

        return plain(PARTS[self.pane.tab](self._detail, self.session.now(), sys.maxsize))

    # --- moves

    def action_failure(self, step: int) -> None:
        """Select the next failure in direction `step`, however far down it is."""
        text = self._feed.filter_text

        async def failed(client: Client, before: str, limit: int) -> Page[Delivery]:
            return await client.send(
                calls.deliveries(text, before=before, limit=limit, status="failed")
            )

        self.find_next(step, "failure", lambda row: row.status == "failed", failed)

    def action_sort(self) -> None:
        """Sort the newest matching deliveries."""
        from corgea_tui.screens.actions.sorting import choose_order

        choose_order(self, self._feed.filter_text, self.action_follow, self._arrange)

    def _arrange(self, order: str, rows: list[Delivery]) -> None:
        self._feed.arrange(order, rows)
        self.list.select(None)
        self.list.scroll_to(y=0, animate=False)
        self._rows_changed()

    def action_saved_filter(self) -> None:
        """Choose one of the saved filters."""
        from corgea_tui.screens.dialogs.questions import Choose

        filters = self.session.filters

        def chosen(name: str | None) -> None:
            if name is not None:
                self._show_filtered(filters[name])

        choices = [(safe_line(name), safe_line(text)) for name, text in filters.items()]
        self.app.push_screen(Choose([(Cell("Filters", "here"),)], choices), chosen)

    def on_show_deliveries(self, message: ShowDeliveries) -> None:
        """Show the deliveries that another screen requests."""
        message.stop()
        self.remove_class("-open")
        self._show_filtered(message.text)

    # --- actions

    @needs("operator")
    def action_retry(self) -> None:
        """Retry the selected delivery."""
        if (delivery := self._selected_or_hint()) is not None:
            from corgea_tui.screens.actions import webhook_actions

            webhook_actions.retry(self, delivery)

    @needs("operator")
    def action_toggle_webhook(self) -> None:
        """Pause the webhook of the selected delivery, or activate it."""
        if (webhook := self._webhook()) is not None:
            from corgea_tui.screens.actions import webhook_actions

            webhook_actions.toggle(self, webhook)

    @needs("operator")
    def action_test_webhook(self) -> None:
        """Send a test event to the webhook of the selected delivery."""
        if (webhook := self._webhook()) is not None:
            from corgea_tui.screens.actions import webhook_actions

            webhook_actions.test(self, webhook)

    def action_mark(self) -> None:
        """Mark or unmark the selected delivery; it stays selected, so that `n` skips none."""
        if self._selected_or_hint() is not None and self.list.selected is not None:
            self._feed.toggle_mark(self.list.selected)
            self._rows_changed()

    @needs("operator")
    def action_retry_many(self) -> None:
        """Retry the marked deliveries; without any, those that the filter matches."""
        from corgea_tui.screens.actions import bulk

        if self._feed.marks:
            bulk.retry_marked(self, sorted(self._feed.marks), self._show_filtered, self._unmark)
        elif text := self._feed.filter_text:
            bulk.run(
                self,
                f"Retry the deliveries that match {text}",
                lambda *, dry_run: calls.retry_matching(text, dry_run=dry_run),
                bulk.failed_of(text),
                self._show_filtered,
            )
        else:
            self.toast("first mark deliveries with space, or filter them with /", "warning")

    def _unmark(self) -> None:
        self._feed.unmark()
        self._rows_changed()

    def action_export(self) -> None:
        """Write the deliveries that the filter matches to a file."""
        from corgea_tui.screens.actions.bulk import export

        export(self, self._feed.filter_text)

    def action_copy(self) -> None:
        """Copy a part of the selected delivery."""
        if (delivery := self._selected_or_hint()) is not None:
            from corgea_tui.screens.actions.copying import copy_of_delivery

            copy_of_delivery(self, delivery, self._detail)

    def _selected_or_hint(self) -> Delivery | None:
        if (delivery := self.selected) is None:
            self.toast("first select a delivery: ↓, or n for the next failure", "warning")
        return delivery

    def _webhook(self) -> Webhook | None:
        delivery = self._selected_or_hint()
        webhook = self.session.webhooks.get(delivery.webhook_id) if delivery else None
        if delivery is not None and webhook is None:
            self.toast(f"{delivery.webhook_name} was deleted", "warning")
        return webhook
