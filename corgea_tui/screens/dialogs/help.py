"""The help: all keys of a screen, and for blocked keys the reason."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.lines_view import LinesView

READING, MOVING, GOING, LEAVING = 1, 2, 3, 4
RANKS = {
    **dict.fromkeys(("back", "tab", "wrap", "pager"), READING),
    **dict.fromkeys(("list", "text"), MOVING),
    "go": GOING,
    **dict.fromkeys(("help", "quit"), LEAVING),
}
"""The rank of bindings by the first word of their id."""


def rank(active: ActiveBinding) -> int:
    """The rank of a binding in the help and the palette."""
    return RANKS.get((active.binding.id or "").partition(".")[0], 0)


def ranked(bindings: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """The app's bindings with a description, by rank; without Textual's own."""
    ours = (active for active in bindings if active.binding.id and active.binding.description)
    return sorted(ours, key=rank)


KEY = 10
LABEL = 20
WORDS = {
    "deliveries": (
        "The live feed. It stops while a row is selected, so that rows do not move;",
        "f or the top row resumes it. / filters it, for example:",
        "status:failed http:5xx webhook:NAME since:1h -type:user.* words",
    ),
    "webhooks": (
        "The webhooks and their statistics. enter shows the details; a adds a webhook.",
        "A paused webhook receives nothing; R replays the events that it missed.",
    ),
    "events": (
        "The accepted events. The details explain for every webhook why it matched or not.",
        "e emits a test event and shows its deliveries. / filters the list, for example:",
        "type:scan.* project:ID since:1h words",
    ),
    "statistics": (
        "Deliveries over time, and for each webhook, the worst first.",
        "A selected webhook has its own plots; enter shows its failures.",
        "✖ fills the cells of failures; × is less than half of a cell.",
    ),
    "daemon": (
        "The daemon: its problems first, then its log, the settings in effect,",
        "the connected programs, and the audit of changes.",
    ),
}


class Help(ModalScreen[None]):
    """A page of keys; escape, `?`, f1 and `q` close it.

    Textual's HelpPanel shows neither the ids of bindings nor why one is blocked.
    """

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss", "close", id="help.close"),
    ]

    def __init__(
        self,
        screen_name: str,
        bindings: Mapping[str, ActiveBinding],
        blocked_reason: Callable[[str], str | None],
    ) -> None:
        super().__init__()
        self._screen_name = screen_name
        self._shown = bindings
        self._blocked_reason = blocked_reason

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical(id="help"):
            yield LinesView()

    def on_mount(self) -> None:
        """Write the page."""
        view = self.query_one(LinesView)
        view.show([*self._introduction(), *self._keys()])
        view.focus()

    def _introduction(self) -> list[Line]:
        words = WORDS.get(self._screen_name, ())
        return [(Cell(self._screen_name.capitalize(), "here"),), *((Cell(w),) for w in words), ()]

    def _keys(self) -> list[Line]:
        keys: dict[str, list[str]] = {}
        bindings: dict[str, Binding] = {}
        for active in ranked(self._shown.values()):
            binding = active.binding
            shown = self.app.get_key_display(binding)
            if shown not in keys.setdefault(binding.action, []):
                keys[binding.action].append(shown)
            bindings[binding.action] = binding
        return [self._line(" ".join(keys[action]), bindings[action]) for action in keys]

    def _line(self, keys: str, binding: Binding) -> Line:
        """The keys, the description, and the reason of a block or the id for `[keys]`."""
        blocked_reason = self._blocked_reason(binding.action)
        return (
            Cell(f"{keys:>{KEY}}  ", "quiet" if blocked_reason else "accent"),
            Cell(f"{binding.description:<{LABEL}}", "quiet" if blocked_reason else ""),
            Cell(f"  {blocked_reason}", "warn")
            if blocked_reason
            else Cell(f"  {binding.id}", "quiet"),
        )
