"""Another order of deliveries than newest first.

The daemon lists newest first. Another order therefore sorts only the newest matching deliveries,
once: the screen shows their number, new rows do not come in, and following ends the order.
"""

from collections.abc import Callable

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.screens.dialogs.questions import Choose
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.table import Cell
from daemon.protocol import Delivery

MOST = 2_000
"""The most deliveries that are sorted."""
PAGE = 500
"""The largest page of the daemon."""
NEWEST = "newest first"
ORDERS: dict[str, Callable[[Delivery], int]] = {
    "slowest first": lambda row: -(row.duration_ms or 0),
    "most attempts first": lambda row: -row.attempt,
}
CHOICES = {
    NEWEST: "live",
    **dict.fromkeys(ORDERS, f"of the newest {MOST:,} that match"),
}
Found = tuple[list[Delivery], bool]
"""The newest matching deliveries, and whether they are all."""
Arrange = Callable[[str, list[Delivery]], None]


def choose_order(
    screen: MainScreen, text: str, newest: Callable[[], None], arrange: Arrange
) -> None:
    """Let the user choose an order: `newest` restores the default, `arrange` gets name and rows."""

    def chosen(name: str | None) -> None:
        if name == NEWEST:
            newest()
        elif name is not None:
            screen.call(
                lambda client: _newest(client, text),
                lambda found: arrange(
                    _order_words(name, found), sorted(found[0], key=ORDERS[name])
                ),
                group="sorting",
            )

    screen.app.push_screen(Choose([(Cell("Sort", "here"),)], list(CHOICES.items())), chosen)


def _order_words(name: str, found: Found) -> str:
    """The name of the order with the number of its deliveries."""
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
