"""The parts of the Daemon screen: each is read while it is shown."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.screens.refresher import Refresher
from corgea_tui.text.words import clock
from corgea_tui.views.details.daemon_parts import (
    KEPT,
    audit_lines,
    joined,
    log_lines,
    narrowed,
    people_lines,
    settings_lines,
)
from corgea_tui.views.details.lines import Line, quiet
from daemon.protocol import AuditEntry, LogLine, Peer

PARTS = ("log", "settings", "connected", "audit")
POLLED_LINES = 50
"""Lines of the log in a poll; all lines are read when these do not join the held ones."""
LOG_PACE, PACE = 2.0, 5.0
"""Seconds between two polls of the log, and of the other parts."""
REMOTE = "ssh:"
"""The start of a host's name with process ids of another machine."""


class DaemonParts:
    """Reads the parts for a screen; calls `changed` when the lines have changed."""

    def __init__(self, screen: MainScreen, changed: Callable[[], None]) -> None:
        self._screen = screen
        self._session = screen.session
        self._changed = changed
        self._log: Sequence[LogLine] | None = None
        self._peers: Sequence[Peer] | None = None
        self._audit: Sequence[AuditEntry] | None = None
        self._problems: dict[str, str] = {}
        self._read_at: dict[str, str] = {}
        self.part = PARTS[0]
        self.words = ""
        """The searched words; the daemon searches the audit itself."""
        self._refreshers: dict[str, Refresher[Any]] = {
            "log": self._refresher("log", self._read_log, self._take_log, LOG_PACE),
            "connected": self._refresher("connected", _read_peers, self._take_peers, PACE),
            "audit": self._refresher("audit", self._read_audit, self._take_audit, PACE),
        }

    # --- polling

    def start(self) -> None:
        """Read the shown part now and repeatedly."""
        if (refresher := self._refreshers.get(self.part)) is not None:
            refresher.start()

    def stop(self) -> None:
        """Read nothing more."""
        for refresher in self._refreshers.values():
            refresher.stop()

    def select(self, part: str) -> None:
        """Show another part."""
        self.stop()
        self.part = part
        self.start()

    def search(self) -> None:
        """Request the audit again for changed words."""
        if self.part == "audit":
            self._refreshers["audit"].restart()

    # --- lines

    def lines(self) -> tuple[list[Line], int]:
        """The lines of the part that match the words, and the number of all its lines."""
        found = self._lines()
        if found is None:
            return [quiet(self._waiting())], 0
        shown = found if self.part == "audit" else narrowed(found, self.words)
        return shown or [quiet("no line contains these words")], len(found)

    def _lines(self) -> list[Line] | None:
        now, info = self._session.now(), self._session.daemon
        if self.part == "settings":
            return None if info is None else settings_lines(info)
        if self.part == "connected":
            return None if self._peers is None else people_lines(self._peers, now, self._own())
        if self.part == "audit":
            return None if self._audit is None else audit_lines(self._audit, now)
        return None if self._log is None else log_lines(self._log, now)

    def _own(self) -> int | None:
        return None if self._session.link_state.host.startswith(REMOTE) else os.getpid()

    def _waiting(self) -> str:
        if self.part in self._problems:
            return "it could not be read"
        return self._screen.waiting_words

    @property
    def problem(self) -> str:
        """The error of the part's last request."""
        return self._problems.get(self.part, "") if self._session.link_state.connected else ""

    @property
    def read_at(self) -> str:
        """The time at which outdated lines were read; empty for current ones."""
        old = self._session.stale or self.part in self._problems
        return self._read_at.get(self.part, "") if old else ""

    # --- reading

    def _refresher(self, part: str, work: Any, take: Callable[[Any], None], pace: float) -> Any:
        def taken(answer: Any) -> None:
            self._problems.pop(part, None)
            now = self._session.now()
            self._read_at[part] = clock(now.isoformat(), now)
            take(answer)
            self._changed()

        def failed(words: str) -> None:
            self._problems[part] = words
            self._changed()

        return Refresher(self._screen, work, taken, failed, group=part, pace=pace)

    async def _read_log(self, client: Client) -> Sequence[LogLine]:
        held = self._log or ()
        found = joined(held, (await client.send(calls.log(POLLED_LINES if held else KEPT))).items)
        return found or list(reversed((await client.send(calls.log(KEPT))).items))

    def _take_log(self, lines: Sequence[LogLine]) -> None:
        self._log = lines

    def _take_peers(self, peers: Sequence[Peer]) -> None:
        self._peers = peers

    async def _read_audit(self, client: Client) -> Sequence[AuditEntry]:
        return (await client.send(calls.audit(self.words))).items

    def _take_audit(self, entries: Sequence[AuditEntry]) -> None:
        self._audit = entries


async def _read_peers(client: Client) -> Sequence[Peer]:
    return (await client.send(calls.peers())).items
