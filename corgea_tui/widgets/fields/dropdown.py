"""A dropdown: one value chosen from a menu. Inputs show their proposals in the same menu."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.widgets.painted import strip_of

LONGEST = 90


class Menu(OptionList, can_focus=False):
    """Choices under a field, over the widgets below it. The field handles the keys."""

    class Chosen(Message):
        """The user clicked a choice."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether the menu is open."""
        return bool(self.display)

    def open(self, choices: Sequence[tuple[str, str]], chosen: int | None) -> None:
        """Show choices, each a text and a note, and highlight one of them or none."""
        self.set_options(Option(_content(*choice)) for choice in choices)
        self.highlighted = chosen
        self.display = bool(choices)

    def close(self) -> None:
        """Hide the menu."""
        self.display = False

    def step(self, step: int) -> None:
        """Highlight the next choice."""
        if self.highlighted is None:
            self.highlighted = 0 if step > 0 else self.option_count - 1
        else:
            self.highlighted = (self.highlighted + step) % self.option_count

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Post the clicked choice."""
        event.stop()
        self.post_message(self.Chosen(event.option_index))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Stop the message: the widgets above do not use it."""
        event.stop()


def _content(label: str, note: str) -> Content:
    shown = Content(f" {safe_line(label, LONGEST)} ")
    return shown + Content(f" {safe_line(note, LONGEST)} ").stylize("dim") if note else shown


Choice = tuple[str, str, str]
"""A value, its label, and a note for the menu."""


class _Face(Widget):
    """Shows the chosen value."""

    text = ""

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # there is only one
        """The chosen value and a sign that there are others."""
        width = self.size.width
        ground = self.rich_style
        owner = self.parent
        if isinstance(owner, Widget) and owner.has_focus:
            ground += Style(bold=True)
        shown = safe_line(self.text)
        room = max(1, width - 3)
        cells = [Cell(pad(shown, min(room, len(shown) or 1))), Cell(" ▾", "accent")]
        return strip_of(self, cells, width, ground)


class Dropdown(Vertical, can_focus=True):
    """Shows the chosen value. enter, space or ↓ open the menu; ← and → choose its neighbour.

    Textual's Select mounts its list with the form, and a form has one for every condition. It also
    raises for a value that is not among the options, as a newer daemon may have stored one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "choose", show=False, id="form.choose"),
        Binding("down", "step(1)", "next", show=False, id="form.choose_next"),
        Binding("up", "step(-1)", "previous", show=False, id="form.choose_previous"),
        Binding("right", "turn(1)", "next", show=False, id="form.turn_next"),
        Binding("left", "turn(-1)", "previous", show=False, id="form.turn_previous"),
        Binding("escape", "close", "close", show=False, id="form.close_choices"),
    ]

    class Chosen(Message):
        """The user chose another value."""

        def __init__(self, dropdown: "Dropdown", value: str) -> None:
            super().__init__()
            self.dropdown = dropdown
            self.value = value

        @property
        def control(self) -> "Dropdown":
            """The dropdown."""
            return self.dropdown

    def __init__(
        self,
        choices: Sequence[Choice],
        value: str = "",
        *,
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes)
        self._choices = list(choices)
        self.value = value
        self._face = _Face()
        self._menu: Menu | None = None

    def compose(self) -> ComposeResult:
        """The chosen value; the menu is mounted when it is first opened."""
        yield self._face

    def on_mount(self) -> None:
        """Show the chosen value."""
        self._show()

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer other choices; the chosen value stays, even when it is not among them."""
        if list(choices) != self._choices:
            self._choices = list(choices)
            self.action_close()
            self._show()

    def load(self, value: str) -> None:
        """Show another value; nothing is posted."""
        if value != self.value:
            self.value = value
            self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Escape closes the menu only while it is open."""
        return action != "close" or self._open

    async def action_press(self) -> None:
        """Open the menu, or choose the highlighted value."""
        if self._open and self._menu is not None:
            self._choose(self._menu.highlighted)
        else:
            await self._show_menu()

    async def action_step(self, step: int) -> None:
        """Open the menu, or highlight the next choice."""
        if self._open and self._menu is not None:
            self._menu.step(step)
        else:
            await self._show_menu()

    def action_turn(self, step: int) -> None:
        """Choose the next value in direction `step`."""
        index = self._index
        self._choose(0 if index is None else (index + step) % len(self._choices))

    def action_close(self) -> None:
        """Close the menu."""
        if self._menu is not None:
            self._menu.close()

    async def on_key(self, event: events.Key) -> None:
        """Highlight the next choice that begins with the typed letter."""
        if (
            self._open
            and self._menu is not None
            and (letter := event.character)
            and event.is_printable
        ):
            event.stop()
            here = self._menu.highlighted or 0
            order = [*range(here + 1, len(self._choices)), *range(here + 1)]
            for index in order:
                if self._choices[index][1].lower().startswith(letter.lower()):
                    self._menu.highlighted = index
                    return

    async def on_click(self) -> None:
        """Open the menu, or close it."""
        self.focus()
        if self._open:
            self.action_close()
        else:
            await self._show_menu()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        """Choose the clicked value."""
        event.stop()
        self._choose(event.index)

    def on_blur(self) -> None:
        """Close the menu when the focus leaves."""
        self.action_close()

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Paint the chosen value again: it is bold with the focus."""
        super().watch_has_focus(_has_focus)
        self._face.refresh()

    @property
    def _open(self) -> bool:
        return self._menu is not None and self._menu.is_open

    @property
    def _index(self) -> int | None:
        values = [value for value, _, _ in self._choices]
        return values.index(self.value) if self.value in values else None

    def _choose(self, index: int | None) -> None:
        self.action_close()
        if index is None or not self._choices:
            return
        value = self._choices[index][0]
        if value != self.value:
            self.value = value
            self._show()
            self.post_message(self.Chosen(self, value))

    async def _show_menu(self) -> None:
        if not self._choices:
            return
        if self._menu is None:
            self._menu = Menu()
            await self.mount(self._menu)
        self._menu.open([(label, note) for _, label, note in self._choices], self._index or 0)
        self._menu.scroll_to_highlight()

    def _show(self) -> None:
        shown = {value: label for value, label, _ in self._choices}
        self._face.text = shown.get(self.value, self.value)
        self._face.refresh()
