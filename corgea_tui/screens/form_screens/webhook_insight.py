"""The computed parts of a webhook's form: the preview, the passing events, the proposals."""

from collections.abc import Callable

from textual.timer import Timer

from corgea_tui.forms.events import FormEvents
from corgea_tui.forms.preview import filter_impact, impact_words, render
from corgea_tui.forms.suggestions import propose_projects
from corgea_tui.forms.validation import filters_of
from corgea_tui.forms.webhook_draft import Draft
from corgea_tui.screens.form_screens.form_screen import FormScreen
from corgea_tui.widgets.fields.json_field import JsonField
from corgea_tui.widgets.fields.panes import PreviewPane
from corgea_tui.widgets.fields.row_fields import ConditionsField
from corgea_tui.widgets.fields.single import FactField, SuggestingField, TicksField
from corgea_tui.widgets.fields.webhook_fields import PASSES, event_items
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.rules import subscribed_types

PAUSE = 0.15
"""Seconds without a key after which the computed parts are updated."""


class WebhookInsight:
    """Keeps preview, figures and proposals up to date with the draft and recent events."""

    def __init__(self, form: FormScreen, events: FormEvents, draft: Callable[[], Draft]) -> None:
        self._form = form
        self._events = events
        self._draft = draft
        self.preview = PreviewPane(id="preview")
        self._chosen = ""
        """The user's choice of the preview's event; empty: the default."""
        self.wait: Timer | None = None
        """Runs until the next update."""

    def start(self) -> None:
        """Show the parts that need no daemon, and read the events for the others."""
        projects = self._events.known.projects
        self._form.field(SuggestingField, "projects").propose(
            lambda text: propose_projects(text, projects)
        )
        self.show()
        self._form.call(self._events.read, self.show, group="events", failed=self._unread)

    def again(self) -> None:
        """Read the events again after a failure, when the link is back."""
        if self._events.recent.problem:
            self._events.recent.problem = ""
            self._form.call(self._events.read, self.show, group="events", failed=self._unread)

    def soon(self) -> None:
        """Update all parts once the user stops typing."""
        if self.wait is not None:
            self.wait.stop()
        self.wait = self._form.set_timer(PAUSE, self.show)

    def show(self, _read: None = None) -> None:
        """Update all parts."""
        self.wait = None
        events, subscribed = self._events, self._draft().events
        self._form.field(TicksField, "events").ticks.offer(event_items(events.types, subscribed))
        types = subscribed_types(subscribed, events.types)
        self._form.field(ConditionsField, "conditions").event_types = types
        self._show_passing()
        chosen = self._chosen or events.default(subscribed)
        self.preview.offer(events.choices(subscribed), chosen)
        if (event := events.chosen(chosen)) is not None:
            self._show_body(event)

    def choose(self, choice: str) -> None:
        """Show the preview for another event, which is read first if necessary."""
        self._chosen = choice
        self._form.call(
            lambda client: self._events.fetch(client, choice),
            self._show_body,
            group="preview",
            failed=self.preview.show_message,
        )

    def _show_body(self, event: AcceptedEvent | None) -> None:
        if event is None:
            self.preview.show_message("the event was pruned; choose another one")
            return
        preview = render(self._draft(), event)
        self.preview.show(preview)
        self._form.field(JsonField, "body_template").mark(preview.position)

    def _show_passing(self) -> None:
        config = filters_of(self._draft(), self._events.types)
        fact = self._form.field(FactField, PASSES)
        if config is None:
            fact.show("–")
            return
        recent = self._events.recent
        found = filter_impact(config, recent)
        fact.show(impact_words(found, recent))
        if recent.request(found.unread):
            self._form.call(
                recent.read_requested, lambda _: None, group="look", failed=self._unread
            )

    def _unread(self, words: str) -> None:
        self._events.recent.problem = words
        self.show()
