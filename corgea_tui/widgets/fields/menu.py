"""A list that drops down below a field."""

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from corgea_tui.text.safe_text import safe_line

LONGEST = 90


class Menu(OptionList, can_focus=False):
    """Choices under a field, over whatever stands there. The keys are the field's."""

    class Chosen(Message):
        """A choice was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether it is there to choose from."""
        return bool(self.display)

    def open(self, choices: Sequence[tuple[str, str]], chosen: int | None) -> None:
        """Show choices, each a text and a note, with one of them highlighted, or none."""
        self.set_options(Option(_content(*choice)) for choice in choices)
        self.highlighted = chosen
        self.display = bool(choices)

    def close(self) -> None:
        """Be gone."""
        self.display = False

    def step(self, step: int) -> None:
        """Highlight the next choice."""
        if self.highlighted is None:
            self.highlighted = 0 if step > 0 else self.option_count - 1
        else:
            self.highlighted = (self.highlighted + step) % self.option_count

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click chooses."""
        event.stop()
        self.post_message(self.Chosen(event.option_index))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Nobody else's business."""
        event.stop()


def _content(label: str, note: str) -> Content:
    shown = Content(f" {safe_line(label, LONGEST)} ")
    return shown + Content(f" {safe_line(note, LONGEST)} ").stylize("dim") if note else shown
