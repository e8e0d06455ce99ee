"""Bindings as people meet them, in help and palette: what is special about a place first."""

from collections.abc import Iterable

from textual.binding import ActiveBinding

RANKS = {"list": 1, "text": 1, "go": 2, "help": 3, "quit": 3}
"""By the first word of a binding's id: moving about, going elsewhere, leaving."""
MOVING = 1


def rank(active: ActiveBinding) -> int:
    """Where a binding stands among others."""
    return RANKS.get((active.binding.id or "").partition(".")[0], 0)


def ranked(bindings: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """Ours that are explained, in the order in which they matter; without those of Textual."""
    ours = (active for active in bindings if active.binding.id and active.binding.description)
    return sorted(ours, key=rank)
