"""The form of an event to emit, and below it the event's deliveries (app.md, Screens 3)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widget import Widget

from corgea_tui.client import calls
from corgea_tui.client.calls import PAGE
from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused
from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.forms.emit_result import EmitResult
from corgea_tui.forms.event_draft import DraftErrors, EventDraft, by_field, draft_errors, draft_from
from corgea_tui.forms.events import FALLBACK, FormEvents
from corgea_tui.forms.suggestions import propose_projects
from corgea_tui.screens.form_screens.form_screen import FormScreen
from corgea_tui.screens.main_screen import must_reread, needs, problem_words
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.widgets.fields.field import Field, Section
from corgea_tui.widgets.fields.json_field import JsonField
from corgea_tui.widgets.fields.single import ChoiceField, SuggestingField, TextField
from corgea_tui.widgets.lines_view import LinesView
from corgea_tui.widgets.one_line import OneLine, Word
from daemon.protocol import Accepted, Delivery, Problem

SECOND = 1.0


class EmitForm(FormScreen):
    """Emits events: the user edits type, project and data; the deliveries are shown live."""

    SCREEN_NAME = "emit"
    CSS_PATH = ["../../widgets/fields/fields.tcss", "emit_form.tcss"]  # noqa: RUF012  # as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "save", "send", id="emit.send"),
        Binding("ctrl+n", "again", "send again, new id", id="emit.again"),
        Binding("escape", "leave", "back", id="form.leave"),
    ]

    def __init__(self, session: Session, event_type: str = FALLBACK) -> None:
        section = Section(
            ChoiceField("event_type", "Type", (), hint="fills in the sample of the type"),
            SuggestingField("project", "Project", hint="goes into the data; ↓ finds it by name"),
            TextField("event_id", "Event id", hint="the same id with the same data is sent once"),
            JsonField("data", "Data", hint="a JSON object; numbers keep their spelling"),
        )
        super().__init__(session, [section])
        self._events = FormEvents(self._learned, most=PAGE, look_into=0)
        self._draft = draft_from(self._events.sample(event_type), event_type)
        self._safe = self._draft.data
        """Data that need not be kept: the sample's, or the sent data."""
        self._typed: dict[str, EventDraft] = {}
        """The drafts of other types."""
        self._refused: DraftErrors | None = None
        self._result: EmitResult | None = None
        self._early: list[Delivery] = []
        """Deliveries of the stream from before the result was read."""
        self._before: EventDraft | None = None
        """The draft before the user began to type another project."""
        self._sending = False
        self._accepted: Accepted | None = None
        """The daemon's answer to the last sent event."""
        self._learning_failed = False
        """Whether the request for types and recent events failed."""
        self._clock: Timer | None = None
        self._result_line = OneLine(id="caused-heading")
        self._result_text = LinesView()

    def body(self) -> Iterable[Widget]:
        """The event, and its deliveries."""
        yield self.column
        yield Vertical(self._result_line, self._result_text, id="caused")

    def on_mount(self) -> None:
        """Show the event; read the types and the projects of recent events."""
        self.field(SuggestingField, "project").propose(
            lambda text: propose_projects(text, self._events.known.projects)
        )
        self._learned()
        self._show()
        super().on_mount()
        self._learn()

    def _learn(self) -> None:
        self._learning_failed = False
        self.call(
            self._events.read,
            lambda _: self._learned(),
            group="events",
            failed=self._not_learned,
        )

    def _not_learned(self, words: str) -> None:
        self._learning_failed = True
        self.toast(words, "warning")

    @property
    def changed(self) -> bool:
        """Whether the form has unsent changes."""
        return self._draft.data != self._safe

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Block `again` before the first event."""
        return action != "again" or self._result is not None

    # --- entering

    def _learned(self) -> None:
        types = [(name, name, "") for name in self._events.types]
        self.field(ChoiceField, "event_type").dropdown.offer(types)

    def on_field_edited(self, event: Field.Edited) -> None:
        """Take over the value of a field."""
        event.stop()
        self._refused = None
        text = str(event.value)
        match event.key:
            case "event_type":
                self._set_type(text)
            case "project":
                project = text.strip()
                name = self._events.known.projects.get(project, "")
                self._before = self._before or self._draft
                self._draft = self._before.with_project(project, name)
            case key:
                self._draft = replace(self._draft, **{key: text})
        self._show(but=event.key)

    def on_field_left(self, event: Field.Left) -> None:
        """End the typing of the project."""
        event.stop()
        self._before = None

    def _set_type(self, event_type: str) -> None:
        """Show the draft of another type, or its sample."""
        self._typed[self._draft.event_type] = self._draft
        fresh = draft_from(self._events.sample(event_type), event_type)
        self._draft = self._typed.get(event_type, fresh)
        self._safe = fresh.data

    def _show(self, but: str = "") -> None:
        """Show the event in all fields except `but`, in which the user types."""
        draft = self._draft
        shown = {
            "event_type": draft.event_type,
            "event_id": draft.event_id,
            "data": draft.data,
        }
        project, name = draft.project or ("", "")
        if draft.project is not None:
            shown["project"] = project
        wrong = self._refused or draft_errors(draft, self._events.types)
        for field in self.fields.values():
            if field.key != but and field.key in shown:
                field.show(shown[field.key])
        self.field(SuggestingField, "project").notes = (name,) if name != project else ()
        self.show_messages(wrong.errors, {})
        self.field(JsonField, "data").mark(wrong.position)
        count = sum(map(len, wrong.errors.values()))
        words = f"✖ {count} error{'' if count == 1 else 's'}"
        self.head("Emit a test event", [Cell(words, "bad")] if count else [])

    # --- sending

    @needs("operator")
    def action_save(self) -> None:
        """Send the event, unless it has errors."""
        wrong = draft_errors(self._draft, self._events.types)
        if wrong.errors:
            next(each for each in self.fields.values() if each.key in wrong.errors).go(wrong.errors)
        elif not self._sending:
            self._sending = True
            self._early = []
            self._show_heading([Cell(" sending …", "quiet")])
            body = self._draft.body
            self.call(
                lambda client: _emit(client, body), self._sent, group="emit", failed=self._unsent
            )

    @needs("operator")
    def action_again(self) -> None:
        """Send the same event again with a new id."""
        self._draft = self._draft.again()
        self._refused = None
        self._show()
        self.action_save()

    def _sent(self, answer: Accepted | Problem) -> None:
        self._sending = False
        if isinstance(answer, Problem):
            self._unsent(problem_words(answer))
            if answer.errors:
                self._refused = DraftErrors(by_field(answer.errors))
                self._show()
            return
        self._banner.show([])
        self._safe = self._draft.data
        self._accepted = answer
        self._read(answer)

    def _unsent(self, words: str) -> None:
        self._sending = False
        self._banner.show([words])
        if self._result is None:
            self._show_heading([])
        else:
            self._show_result()

    # --- the result

    def show_changes(self, update: Update | None) -> None:
        """Follow the deliveries of the sent event."""
        if update is not None and must_reread(update):
            if self._learning_failed:
                self._learn()
            if self._accepted is not None:
                self._read(self._accepted)
        elif isinstance(update, UpdateBatch):
            if self._result is None or self._sending:
                self._early += update.deliveries
            elif self._result.take(update.deliveries):
                self._show_result()

    def _read(self, taken: Accepted) -> None:
        async def read(client: Client) -> EmitResult:
            found = await client.send(calls.explain(taken.event_id))
            return EmitResult(
                await client.send(calls.event(taken.event_id)), found, duplicate=taken.duplicate
            )

        self.call(read, self._take, group="caused", failed=self._unread)

    def _unread(self, words: str) -> None:
        """Show that the event was accepted; its deliveries are read once the link is back."""
        known = None if self._result is None else self._result.event_id
        if self._accepted is not None and known != self._accepted.event_id:
            self._show_heading(
                [Cell(f" accepted; its deliveries are not known: {safe_line(words)}", "warn")]
            )

    def _take(self, result: EmitResult) -> None:
        self._result = result
        result.take(self._early)
        self._early = []
        self._show_result()
        self.refresh_bindings()

    def _show_result(self) -> None:
        result = self._result
        if result is None:
            return
        self._show_heading(result.heading())
        self._result_text.show(result.lines(self.session.now()), keep=True)
        if result.ended and self._clock is not None:
            self._clock.stop()
            self._clock = None
        elif not result.ended and self._clock is None:
            self._clock = self.set_interval(SECOND, self._show_result)  # for the countdowns

    def _show_heading(self, cells: list[Cell]) -> None:
        self.set_class(bool(cells), "-caused")
        self._result_line.write([Word(tuple(cells))])


async def _emit(client: Client, body: bytes) -> Accepted | Problem:
    try:
        return await client.send(calls.emit(body))
    except Refused as refused:
        return refused.problem
