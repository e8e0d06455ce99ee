"""A line to type in, and one that proposes how it may go on."""

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
    """A line in which everything can be seen: nothing invisible gets in, neither loaded nor pasted.

    What was loaded and not touched is given back exactly as it came (`text`).
    """

    virtual_size = Reactive(Size(0, 0))
    """As every widget's, but a change does not arrange the whole form anew: the height of a line
    stays the same."""

    class LeftOut(Message):
        """Pasted text held invisible characters; they were left out."""

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
        """What stands in an empty line may come from outside too (Textual asks this)."""
        return safe_line(text)

    @property
    def text(self) -> str:
        """What was entered."""
        return self._loaded if self.value == visible(self._loaded) else self.value

    def load(self, text: str) -> None:
        """Show another text, unless it is there already; nothing is posted."""
        if text != self.text:
            self._loaded = text
            with self.prevent(Input.Changed):
                self.value = visible(text)
            self.cursor_position = len(self.value)

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of pasted text without its invisible characters."""
        event.prevent_default()
        event.stop()
        first = next(iter(event.text.strip("\r\n").splitlines()), "")
        kept, missing = pasted(first)
        if missing:
            self.post_message(self.LeftOut(missing))
        self.replace(kept, *sorted(self.selection))


class Suggesting(Vertical):
    """An entry with a menu below it. ↓ opens the menu, tab and enter take what is highlighted.

    Not an Input with a Suggester: that proposes one text, which must go on from what was typed;
    here projects are found by a part of their name, several to choose from, each with a note.

    `propose` may be replaced at any time; it is asked with every key. `several`: the entry holds a
    list with commas, to which ↓ adds.
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
        """The entry; the menu comes when it is needed."""
        yield self.entry

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are the menu's only while it is open, but the one that opens it."""
        if action == "close" or parameters == (-1,):
            return self._open
        return True

    async def on_input_changed(self, event: Input.Changed) -> None:
        """Propose what fits, once something was typed."""
        if self.entry.has_focus and event.value:
            await self._propose()
        else:
            self.action_close()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes what is highlighted, and goes no further then."""
        if self._open and self._highlighted is not None:
            event.stop()
            self.take()

    def on_menu_chosen(self, event: Menu.Chosen) -> None:
        """A proposal was clicked."""
        event.stop()
        self._take(event.index)
        self.entry.focus()

    def on_descendant_blur(self) -> None:
        """Close the menu when the focus leaves."""
        self.action_close()

    async def action_step(self, step: int) -> None:
        """Open the menu, or go on in it."""
        if not self._open:
            await self._propose(browse=True)
        if self._open and self._menu is not None:
            self._menu.step(step)

    def take(self) -> bool:
        """Take what is highlighted; False when there is nothing to take."""
        if not self._open or self._highlighted is None:
            return False
        self._take(self._highlighted)
        return True

    def action_close(self) -> None:
        """Put the menu away."""
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
        self.call_after_refresh(self.action_close)  # the change proposed something again

    async def _propose(self, *, browse: bool = False) -> None:
        """Open the menu with what fits; to `browse`, with everything when nothing fits."""
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
