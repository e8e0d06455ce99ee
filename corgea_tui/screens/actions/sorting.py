"""Deliveries in another order than that of their making: the newest that match, arranged once.

The daemon lists newest first. Another order is therefore one of the rows that were read: the screen
says of how many, new rows do not come in, and following leaves it.
"""

from collections.abc import Callable

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.screens.dialogs.questions import Choose
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.table import Cell
from daemon.protocol import Delivery

MOST = 2_000
"""Deliveries that are arranged at most."""
PAGE = 500
"""The largest page that the daemon gives."""
NEWEST = "newest first"
ORDERS: dict[str, Callable[[Delivery], int]] = {
    "slowest first": lambda row: -(row.duration_ms or 0),
    "most tries first": lambda row: -row.attempt,
}
ABOUT = {
    NEWEST: "as they come in",
    **dict.fromkeys(ORDERS, f"of the newest {MOST:,} that match"),
}
Found = tuple[list[Delivery], bool]
"""The newest that match, and whether they are all."""
Arrange = Callable[[str, list[Delivery]], None]


def choose_order(
    screen: MainScreen, text: str, newest: Callable[[], None], arrange: Arrange
) -> None:
    """Ask for an order: `newest` goes back to the usual one, `arrange` gets name and rows."""

    def chosen(name: str | None) -> None:
        if name == NEWEST:
            newest()
        elif name is not None:
            screen.call(
                lambda client: _newest(client, text),
                lambda found: arrange(_said(name, found), sorted(found[0], key=ORDERS[name])),
                group="sorting",
            )

    screen.app.push_screen(Choose([(Cell("Sort", "here"),)], list(ABOUT.items())), chosen)


def _said(name: str, found: Found) -> str:
    """The order with what it is one of: all that match, or only the newest of them."""
    rows, whole = found
    return f"{name} of {'all' if whole else 'the newest'} {len(rows):,}"


async def _newest(client: Client, text: str) -> Found:
    rows: list[Delivery] = []
    cursor = None
    while len(rows) < MOST:
        page = await client.send(calls.deliveries(text, cursor, limit=PAGE))
        rows += page.items
        if (cursor := page.next) is None:
            break
    return rows[:MOST], cursor is None and len(rows) <= MOST
