"""A line to type in."""

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input

from corgea_tui.forms.visible import pasted, visible
from corgea_tui.text.safe_text import safe_line


class TextEntry(Input):
    """A line in which everything can be seen: nothing invisible gets in, neither loaded nor pasted.

    What was loaded and not touched is given back exactly as it came (`text`).
    """

    virtual_size = Reactive(Size(0, 0))
    """As every widget's, but a change is no reason to arrange the whole form anew: the height of a
    line stays the same."""

    class LeftOut(Message):
        """Pasted text held characters that nobody could see; they were left out."""

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
        """Take the first line of pasted text without what nobody can see in it."""
        event.prevent_default()
        event.stop()
        first = next(iter(event.text.strip("\r\n").splitlines()), "")
        kept, missing = pasted(first)
        if missing:
            self.post_message(self.LeftOut(missing))
        self.replace(kept, *sorted(self.selection))
