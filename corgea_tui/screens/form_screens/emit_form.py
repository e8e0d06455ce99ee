"""The form of an event to emit, and below it what the event caused (app.md, Screens 3)."""

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
    """Emits events: type, project and data are edited, what they cause is shown as it happens."""

    SCREEN_NAME = "emit"
    CSS_PATH = ["../../widgets/fields/fields.tcss", "emit_form.tcss"]  # noqa: RUF012  # as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "save", "send", id="emit.send"),
        Binding("ctrl+n", "again", "again, as a new event", id="emit.again"),
        Binding("escape", "leave", "back", id="form.leave"),
    ]

    def __init__(self, session: Session, event_type: str = FALLBACK) -> None:
        section = Section(
            ChoiceField("event_type", "Type", (), hint="each begins with its sample"),
            SuggestingField("project", "Project", hint="goes into the data; ↓ finds it by name"),
            TextField("event_id", "Event id", hint="the same id and data again: not sent twice"),
            JsonField(
                "data", "Data", hint="a JSON object; its numbers are sent as they stand here"
            ),
        )
        super().__init__(session, [section])
        self._events = FormEvents(self._learned, most=PAGE, look_into=0)
        self._draft = draft_from(self._events.sample(event_type), event_type)
        self._safe = self._draft.data
        """Data that would not be lost: the sample's, or what was sent."""
        self._typed: dict[str, EventDraft] = {}
        """What was written for other types."""
        self._refused: DraftErrors | None = None
        self._result: EmitResult | None = None
        self._early: list[Delivery] = []
        """Deliveries that the stream brought before the result had been read."""
        self._before: EventDraft | None = None
        """The event as it was before another project was typed, a letter at a time."""
        self._sending = False
        self._taken: Accepted | None = None
        """The daemon's answer to what was sent last."""
        self._unlearned = False
        """Whether types and recent events could not be read."""
        self._clock: Timer | None = None
        self._result_line = OneLine(id="caused-heading")
        self._result_text = LinesView()

    def body(self) -> Iterable[Widget]:
        """The event, and what it caused."""
        yield self.column
        yield Vertical(self._result_line, self._result_text, id="caused")

    def on_mount(self) -> None:
        """Show the event; learn the types that there are and the projects of recent events."""
        self.field(SuggestingField, "project").propose(
            lambda text: propose_projects(text, self._events.known.projects)
        )
        self._learned()
        self._show()
        super().on_mount()
        self._learn()

    def _learn(self) -> None:
        self._unlearned = False
        self.call(
            self._events.read,
            lambda _: self._learned(),
            group="events",
            failed=self._not_learned,
        )

    def _not_learned(self, words: str) -> None:
        self._unlearned = True
        self.toast(words, "warning")

    @property
    def changed(self) -> bool:
        """Whether something would be lost by leaving."""
        return self._draft.data != self._safe

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Again is possible after the first time."""
        return action != "again" or self._result is not None

    # --- entering

    def _learned(self) -> None:
        types = [(name, name, "") for name in self._events.types]
        self.field(ChoiceField, "event_type").dropdown.offer(types)

    def on_field_edited(self, event: Field.Edited) -> None:
        """A field holds something else."""
        event.stop()
        self._refused = None
        text = str(event.value)
        match event.key:
            case "event_type":
                self._turn_to(text)
            case "project":
                project = text.strip()
                name = self._events.known.projects.get(project, "")
                self._before = self._before or self._draft
                self._draft = self._before.with_project(project, name)
            case key:
                self._draft = replace(self._draft, **{key: text})
        self._show(but=event.key)

    def on_field_left(self, event: Field.Left) -> None:
        """The project is typed."""
        event.stop()
        self._before = None

    def _turn_to(self, event_type: str) -> None:
        """Begin with the sample of another type, or where that was left."""
        self._typed[self._draft.event_type] = self._draft
        fresh = draft_from(self._events.sample(event_type), event_type)
        self._draft = self._typed.get(event_type, fresh)
        self._safe = fresh.data

    def _show(self, but: str = "") -> None:
        """Show the event, in all fields but the one that is being typed in."""
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
        self.head("Emit a test event", [Cell(f"✖ {count} to mend", "bad")] if count else [])

    # --- sending

    @needs("operator")
    def action_save(self) -> None:
        """Send the event, unless something is wrong with it."""
        wrong = draft_errors(self._draft, self._events.types)
        if wrong.errors:
            next(each for each in self.fields.values() if each.key in wrong.errors).go(wrong.errors)
        elif not self._sending:
            self._sending = True
            self._early = []
            self._say([Cell(" sending …", "quiet")])
            body = self._draft.body
            self.call(
                lambda client: _emit(client, body), self._sent, group="emit", failed=self._unsent
            )

    @needs("operator")
    def action_again(self) -> None:
        """Send the same once more, as a new event."""
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
        self._taken = answer
        self._read(answer)

    def _unsent(self, words: str) -> None:
        self._sending = False
        self._banner.show([words])
        if self._result is None:
            self._say([])
        else:
            self._show_result()

    # --- what it caused

    def show_changes(self, update: Update | None) -> None:
        """Follow the deliveries of the event that was sent."""
        if update is not None and must_reread(update):
            if self._unlearned:
                self._learn()
            if self._taken is not None:
                self._read(self._taken)
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
        """It was taken in, that is certain; what it caused is read once the link is back."""
        known = None if self._result is None else self._result.event_id
        if self._taken is not None and known != self._taken.event_id:
            self._say([Cell(f" taken in; what it caused is not known: {safe_line(words)}", "warn")])

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
        self._say(result.heading())
        self._result_text.show(result.lines(self.session.now()), keep=True)
        if result.ended and self._clock is not None:
            self._clock.stop()
            self._clock = None
        elif not result.ended and self._clock is None:
            self._clock = self.set_interval(SECOND, self._show_result)  # it counts to the next try

    def _say(self, cells: list[Cell]) -> None:
        self.set_class(bool(cells), "-caused")
        self._result_line.write([Word(tuple(cells))])


async def _emit(client: Client, body: bytes) -> Accepted | Problem:
    try:
        return await client.send(calls.emit(body))
    except Refused as refused:
        return refused.problem
