"""The details of a row: a title, tabs, and the lines of the chosen tab."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.lines_view import LinesView
from corgea_tui.widgets.one_line import OneLine, Word


class DetailPane(Vertical):
    """Shows the details of a row under tabs; the chosen tab stays when another row is shown.

    Only the content of the chosen tab exists: on `TabChosen` the owner shows the content. Textual's
    TabbedContent would hold a widget for each tab.
    """

    class TabChosen(Message):
        """The user chose another tab; its content is to be shown."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Appeared(Message):
        """The pane became visible; the owner may have to read its content first."""

    def __init__(self, tabs: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tabs = tabs
        self.tab = tabs[0]
        self._subject: str | None = None
        self._title = OneLine(id="title")
        self._strip = OneLine(id="tabs")
        self.text = LinesView(id="text")

    def on_show(self) -> None:
        """Post that the pane became visible."""
        self.post_message(self.Appeared())

    def compose(self) -> ComposeResult:
        """Title, tabs, text."""
        yield self._title
        yield self._strip
        yield self.text

    def show(self, subject: str, title: Line, lines: Sequence[Line]) -> None:
        """Show the chosen tab of `subject`; the scroll position stays while the subject does."""
        keep = subject == self._subject
        self._subject = subject
        self._title.write([Word((cell,)) for cell in title])
        self._strip.display = True
        self._write_tabs()
        self.text.show(lines, keep=keep)

    def show_plain(self, title: Line, lines: Sequence[Line]) -> None:
        """Show lines without tabs, as no row is selected."""
        self._subject = None
        self._title.write([Word((cell,)) for cell in title])
        self._strip.display = False
        self.text.show(lines, keep=True)

    def choose(self, name: str) -> None:
        """Turn to a tab."""
        if name != self.tab:
            self.tab = name
            self._subject = None
            self._write_tabs()
            self.post_message(self.TabChosen(name))

    def turn(self, step: int) -> None:
        """Turn to the tab to the left or the right."""
        index = (self._tabs.index(self.tab) + step) % len(self._tabs)
        self.choose(self._tabs[index])

    def on_one_line_clicked(self, event: OneLine.Clicked) -> None:
        """A tab was clicked."""
        event.stop()
        self.choose(event.action)

    def _write_tabs(self) -> None:
        self._strip.write(
            [
                Word(
                    (Cell(f"  {name.capitalize()}", "here" if name == self.tab else "quiet"),), name
                )
                for name in self._tabs
            ]
        )
