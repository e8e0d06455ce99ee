"""A question before something that cannot be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from corgea_tui.forms.fields.press import Press
from corgea_tui.safe_text import safe


@dataclass(frozen=True)
class Answer:
    """A possible answer: the key that gives it, what it says."""

    key: str
    words: str


class Question(ModalScreen[str | None]):
    """Asks; the result is the key of the answer, None when it was left with escape."""

    CSS_PATH = "../fields.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="question.leave"),
        Binding("right,down", "app.focus_next", "next", show=False, id="question.next"),
        Binding("left,up", "app.focus_previous", "previous", show=False, id="question.previous"),
    ]

    def __init__(self, title: str, words: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._answers = answers

    def compose(self) -> ComposeResult:
        """What is asked, and the answers."""
        with Vertical(classes="dialog"):
            yield Static(Content(safe(self._title)), classes="dialog-title")
            yield Static(Content(safe(self._words)), classes="dialog-words")
            with Horizontal(classes="dialog-answers"):
                for answer in self._answers:
                    shown = self.app.get_key_display(Binding(answer.key, ""))
                    yield Press(f" {shown}  {answer.words} ", id=f"answer-{answer.key}")

    def on_key(self, event: Key) -> None:
        """The key of an answer gives it."""
        if any(answer.key == event.key for answer in self._answers):
            event.stop()
            self.dismiss(event.key)

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """An answer was pressed."""
        event.stop()
        self.dismiss((event.press.id or "").removeprefix("answer-"))
