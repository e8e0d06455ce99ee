"""Bindings as people meet them, in help and palette: what is special about a place first."""

from collections.abc import Iterable

from textual.binding import ActiveBinding

READING, MOVING, GOING, LEAVING = 1, 2, 3, 4
RANKS = {
    **dict.fromkeys(("back", "tab", "wrap", "pager"), READING),
    **dict.fromkeys(("list", "text"), MOVING),
    "go": GOING,
    **dict.fromkeys(("help", "quit"), LEAVING),
}
"""By the first word of a binding's id."""


def rank(active: ActiveBinding) -> int:
    """Where a binding stands among others."""
    return RANKS.get((active.binding.id or "").partition(".")[0], 0)


def ranked(bindings: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """Ours that are explained, in the order in which they matter; without those of Textual."""
    ours = (active for active in bindings if active.binding.id and active.binding.description)
    return sorted(ours, key=rank)
