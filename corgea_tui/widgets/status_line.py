"""The line at the top: the link, the queue and the failures (app.md, Screens)."""

from time import monotonic

from textual.timer import Timer

from corgea_tui.client.updates import LinkState, Phase
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import MINUTE_S, duration
from corgea_tui.widgets.one_line import OneLine, Word
from daemon.protocol import DaemonInfo

NAME = Word((Cell(" corgea ", "accent"),))
MILLISECONDS = 1000
URGENT = 2
"""Figures that are kept before the whole name of the host."""


class StatusLine(OneLine):
    """Shows the link and the daemon's figures; counts seconds only while the link is lost."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._state: LinkState | None = None
        self._daemon: DaemonInfo | None = None
        self._readonly = False
        self._clock: Timer | None = None

    def show(self, state: LinkState, daemon: DaemonInfo | None, *, readonly: bool) -> None:
        """Show the state of the link and the daemon."""
        self._state, self._daemon, self._readonly = state, daemon, readonly
        if state.retry_at is not None and self._clock is None:
            self._clock = self.set_interval(1.0, self._write)
        elif state.retry_at is None and self._clock is not None:
            self._clock.stop()
            self._clock = None
        self._write()

    def _write(self) -> None:
        if self._state is None:
            return
        state = self._state
        left = [NAME, Word(tuple(link_words(state, monotonic())))]
        if self._readonly:
            left.append(Word((Cell(" read only", "warn"),)))
        if state.connected:
            left.append(Word((Cell(f" to {safe_line(state.host, 60)}"),), shrinks=True))
        elif state.retry_at is not None and state.reason:
            reason = Cell(f" · {safe_line(state.reason)}", "quiet")
            left.append(Word((reason,), shrinks=True))
        figures = [] if self._daemon is None else figure_words(self._daemon)
        right = [Word((*cells, Cell("  "))) for cells in figures]
        self.write(left, right, kept=URGENT if state.connected else 0)


def link_words(state: LinkState, now: float) -> list[Cell]:
    """The link in words: connected, connecting, or lost, with its age and the next attempt."""
    if state.phase is Phase.CONNECTED:
        return [Cell("● ", "good"), Cell("connected")]
    if state.phase is Phase.CONNECTING:
        act = safe_line(state.reason) or f"connecting to {safe_line(state.host, 60)}"
        return [Cell("◌ ", "warn"), Cell(f"{act} …"), *_age(state, now)]
    words = {Phase.LOST: "no link", Phase.REFUSED: "refused", Phase.MISMATCH: "wrong protocol"}
    retry = max(0, round((state.retry_at or now) - now))
    return [
        Cell(f"✖ {words[state.phase]}", "bad"),
        *_age(state, now),
        Cell(f" · retry in {retry} s"),
    ]


def _age(state: LinkState, now: float) -> list[Cell]:
    if state.last_contact is None:
        return []
    seconds = max(0, int(now - state.last_contact))
    age = f"{seconds} s" if seconds < MINUTE_S else duration(MILLISECONDS * seconds)
    return [Cell(f" · stale {age}", "warn")]


def figure_words(daemon: DaemonInfo) -> list[tuple[Cell, ...]]:
    """The figures, the most urgent first: the last ones are left out where room is short."""
    queues = daemon.queues
    words: list[tuple[Cell, ...]] = []
    if queues.failing_webhooks:
        words.append((Cell(f"✖ {queues.failing_webhooks} failing", "bad"),))
    if queues.paused_webhooks:
        words.append((Cell(f"‖ {queues.paused_webhooks} paused", "warn"),))
    if not words:
        words.append((Cell("✔ nothing failing", "good"),))
    if daemon.settings_errors:
        words.append((Cell("▲ settings broken", "warn"),))
    words += [
        (Cell(f"{queues.waiting:,}"), Cell(" waiting", "quiet")),
        (Cell(f"{queues.in_flight}"), Cell(" in flight", "quiet")),
        (Cell(f"{queues.deliveries_per_second:.1f}"), Cell(" deliveries/s", "quiet")),
        (Cell(f"{queues.events_per_second:.1f}"), Cell(" events/s", "quiet")),
    ]
    return words
