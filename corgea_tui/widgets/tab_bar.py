"""The five places, with the key that leads to each."""

from corgea_tui.text.table import Cell
from corgea_tui.widgets.one_line import OneLine, Word

PLACES = ("deliveries", "webhooks", "events", "statistics", "daemon")


class TabBar(OneLine):
    """Shows where one is; a click on another place asks to go there."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def on_mount(self) -> None:
        """Write the places once."""
        self.write(
            [
                Word(
                    (
                        Cell(f" {number} ", "accent"),
                        Cell(f"{place.capitalize()} ", "here" if place == self._here else "quiet"),
                    ),
                    f"go('{place}')",
                )
                for number, place in enumerate(PLACES, start=1)
            ]
        )
