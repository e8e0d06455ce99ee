"""A text input, and a text input with proposals."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input

from corgea_tui.forms.suggestions import Proposal, Propose, nothing
from corgea_tui.forms.text import pasted, visible
from corgea_tui.text.safe_text import safe_line
from corgea_tui.widgets.fields.dropdown import Menu


class TextEntry(Input):
    """A text input that marks invisible characters in loaded text and removes them from pasted.

    A loaded text that the user did not change is returned exactly (`text`).
    """

    virtual_size = Reactive(Size(0, 0))
    """The reactive of every widget without its layout: the height of the input never changes."""

    class LeftOut(Message):
        """Invisible characters were removed from pasted text."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        hidden: bool = False,
        classes: str | None = None,
    ) -> None:
        self._loaded = text
        super().__init__(
            visible(text),
            placeholder=placeholder,
            password=hidden,
            compact=True,
            select_on_focus=False,
            classes=classes,
        )
        self.cursor_blink = False  # an idle app paints nothing

    def validate_placeholder(self, text: str) -> str:
        """Make the placeholder safe: it may come from outside. Textual calls this."""
        return safe_line(text)

    @property
    def text(self) -> str:
        """The entered text."""
        return self._loaded if self.value == visible(self._loaded) else self.value

    def load(self, text: str) -> None:
        """Show another text; nothing is posted."""
        if text != self.text:
            self._loaded = text
            with self.prevent(Input.Changed):
                self.value = visible(text)
            self.cursor_position = len(self.value)

    def on_paste(self, event: events.Paste) -> None:
        """Insert the first line of the pasted text without its invisible characters."""
        event.prevent_default()
        event.stop()
        first = next(iter(event.text.strip("\r\n").splitlines()), "")
        kept, missing = pasted(first)
        if missing:
            self.post_message(self.LeftOut(missing))
        self.replace(kept, *sorted(self.selection))


class Suggesting(Vertical):
    """An entry with a menu below it. ↓ opens the menu, tab and enter choose the highlighted one.

    Textual's Suggester proposes one text that continues the typed one. Here there are several
    proposals, each with a note, and a project is found by any part of its name.

    `propose` is called with every key; it may be replaced at any time. `several`: the entry holds a
    comma-separated list, to which ↓ adds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "propose", show=False, id="form.propose"),
        Binding("up", "step(-1)", "back", show=False, id="form.propose_back"),
        Binding("escape", "close", "close", show=False, id="form.close_menu"),
    ]

    def __init__(
        self,
        text: str = "",
        *,
        propose: Propose = nothing,
        several: bool = False,
        placeholder: str = "",
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes)
        self.propose = propose
        self.several = several
        self.entry = TextEntry(text, placeholder=placeholder)
        self._menu: Menu | None = None
        self._proposals: list[Proposal] = []

    def compose(self) -> ComposeResult:
        """The entry; the menu is mounted when it is first opened."""
        yield self.entry

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The menu's keys work only while it is open, except the one that opens it."""
        if action == "close" or parameters == (-1,):
            return self._open
        return True

    async def on_input_changed(self, event: Input.Changed) -> None:
        """Show the proposals for the typed text."""
        if self.entry.has_focus and event.value:
            await self._propose()
        else:
            self.action_close()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the highlighted proposal; then it does nothing else."""
        if self._open and self._highlighted is not None:
            event.stop()
            self.take()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        """Take the clicked proposal."""
        event.stop()
        self._take(event.index)
        self.entry.focus()

    def on_descendant_blur(self) -> None:
        """Close the menu when the focus leaves."""
        self.action_close()

    async def action_step(self, step: int) -> None:
        """Open the menu, or highlight the next proposal."""
        if not self._open:
            await self._propose(browse=True)
        if self._open and self._menu is not None:
            self._menu.step(step)

    def take(self) -> bool:
        """Take the highlighted proposal; False when there is none."""
        if not self._open or self._highlighted is None:
            return False
        self._take(self._highlighted)
        return True

    def action_close(self) -> None:
        """Close the menu."""
        if self._menu is not None:
            self._menu.close()

    @property
    def _open(self) -> bool:
        return self._menu is not None and self._menu.is_open

    @property
    def _highlighted(self) -> int | None:
        return None if self._menu is None else self._menu.highlighted

    def _take(self, index: int) -> None:
        self.action_close()
        proposal = self._proposals[index]
        self.entry.value = proposal.value
        self.entry.cursor_position = len(proposal.value)
        self.call_after_refresh(self.action_close)  # the change opened the menu again

    async def _propose(self, *, browse: bool = False) -> None:
        """Open the menu with the proposals; with `browse`, with all when none match."""
        text = self.entry.text
        self._proposals = self.propose(text)
        if browse and not self._proposals:
            self._proposals = self.propose(f"{text.rstrip(', ')}, " if self.several else "")
        if self._menu is None:
            if not self._proposals:
                return
            self._menu = Menu()
            await self.mount(self._menu)
        self._menu.open([(each.label, each.note) for each in self._proposals], None)
