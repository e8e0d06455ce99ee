"""All keys of a screen, the ones that cannot be used now with the reason."""

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
"""By the first word of a binding's id."""


def rank(active: ActiveBinding) -> int:
    """Where a binding stands among others."""
    return RANKS.get((active.binding.id or "").partition(".")[0], 0)


def ranked(bindings: Iterable[ActiveBinding]) -> list[ActiveBinding]:
    """Ours that are explained, in the order in which they matter; without those of Textual."""
    ours = (active for active in bindings if active.binding.id and active.binding.description)
    return sorted(ours, key=rank)


KEY = 10
LABEL = 20
WORDS = {
    "deliveries": (
        "The live feed. It never moves under you: selecting a row stops it,",
        "f or going to the top resumes it. / narrows it, for example:",
        "status:failed http:5xx webhook:NAME since:1h -type:user.* words",
    ),
    "webhooks": (
        "Who is sent to, and how that goes. enter shows one in full; a adds one.",
        "A paused webhook is sent nothing; what it missed can be replayed.",
    ),
    "events": (
        "What came in. The detail explains for every webhook why it went there or not.",
        "e emits a test event and shows what it causes. / narrows the list, for example:",
        "type:scan.* project:ID since:1h words",
    ),
    "statistics": (
        "How it went over time, and for each webhook, the worst first.",
        "A selected webhook has its own plots; enter shows its failures.",
        "✖ fills the cells that failed; × is less than half of its cell.",
    ),
    "daemon": (
        "The daemon itself: what is wrong with it first, then its log,",
        "the settings in effect, who is connected, and who changed what.",
    ),
}


class Help(ModalScreen[None]):
    """A page of keys; any of the leaving keys closes it.

    Not Textual's HelpPanel: that knows neither the ids of bindings nor why one is blocked.
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
        """The key, what it does, and why it cannot be used or by which id it is bound anew."""
        blocked_reason = self._blocked_reason(binding.action)
        return (
            Cell(f"{keys:>{KEY}}  ", "quiet" if blocked_reason else "accent"),
            Cell(f"{binding.description:<{LABEL}}", "quiet" if blocked_reason else ""),
            Cell(f"  {blocked_reason}", "warn")
            if blocked_reason
            else Cell(f"  {binding.id}", "quiet"),
        )
