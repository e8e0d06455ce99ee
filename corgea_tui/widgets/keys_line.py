"""The footer: the keys that work here now."""

from collections.abc import Sequence

import msgspec

from corgea_tui.text.table import Cell
from corgea_tui.widgets.one_line import OneLine, Word


class KeyHint(msgspec.Struct, frozen=True):
    """A key as shown, what it does, and whether it cannot be used now."""

    key: str
    label: str
    action: str
    blocked: bool = False
    last: bool = False
    """Stands at the right end."""


class KeysLine(OneLine):
    """Shows key hints; a click is as good as the key."""

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show these hints, as many as find room."""
        words = [(_word(hint), hint.last) for hint in hints]
        right = [word for word, last in words if last]
        self.write([word for word, last in words if not last], right, kept=len(right))


def _word(hint: KeyHint) -> Word:
    key, label = ("quiet", "quiet") if hint.blocked else ("accent", "")
    return Word((Cell(f" {hint.key} ", key), Cell(f"{hint.label} ", label)), hint.action)
