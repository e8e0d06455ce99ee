"""A list whose titles can be clicked: the owner hears it and sorts."""

from textual import events
from textual.geometry import Region
from textual.message import Message

from corgea_tui.text.table import gap, share_out
from corgea_tui.widgets.row_list import GUTTER, HEAD, RowList


class SortedList(RowList):
    """A `RowList` that tells which title was clicked."""

    class TitleClicked(Message):
        """The title of a column was clicked."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def resorted(self) -> None:
        """Show the rows in another order, and the title that says so."""
        self.update()
        self.refresh(Region(0, 0, self.size.width, HEAD))

    def on_click(self, event: events.Click) -> None:
        """Find the title under the mouse; rows are the base class's business."""
        if event.y >= HEAD:
            return
        room = self.size.width - GUTTER - 1
        columns = self.rows.columns(room)
        end = GUTTER
        for column, width in zip(columns, share_out(columns, room), strict=True):
            end += width + gap(room)
            if event.x < end:
                self.post_message(self.TitleClicked(column.title))
                return
