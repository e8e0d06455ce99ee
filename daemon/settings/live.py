"""The settings in effect while the daemon runs."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from daemon.protocol import SettingProblem
from daemon.settings.model import Settings
from daemon.settings.read import SettingsInvalid, load_settings, problem_line, read_settings
from daemon.settings.watch import watch_files

log = logging.getLogger(__name__)

GONE_AFTER = 2.0
"""Seconds after which a missing file counts as removed: some editors rename it to replace it."""

Listener = Callable[[Settings], None]


class LiveSettings:
    """The settings of one file, read again on request and when the file changes.

    An invalid file does not change the settings in effect: its errors are in `problems`, and in the
    log, until it is fixed. The constructor raises SettingsInvalid for one.
    """

    def __init__(self, path: Path, *, system: bool = False) -> None:
        self._path = path
        self._system = system
        self._listeners: list[Listener] = []
        self.current: Settings = load_settings(path, system=system)
        self.defaults: Settings = read_settings(b"", str(path), system=system)
        self.problems: tuple[SettingProblem, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the new settings after each change of the settings in effect."""
        self._listeners.append(listener)

    def reload(self) -> None:
        """Read the file now (SIGHUP)."""
        try:
            settings = load_settings(self._path, system=self._system)
        except SettingsInvalid as invalid:
            self._keep(invalid.problems)
            return
        self.problems = ()
        if settings == self.current:
            return
        self.current = settings
        log.info("settings read again from %s", self._path)
        for listener in self._listeners:
            listener(settings)

    def _keep(self, problems: tuple[SettingProblem, ...]) -> None:
        """Keep the settings in effect. Each set of problems is logged once."""
        if problems != self.problems:
            self.problems = problems
            for problem in problems:
                log.error("%s (settings unchanged)", problem_line(problem))

    async def watch(self, busy: Path | None = None) -> None:
        """Read the file again whenever it changes; `busy` is as in `watch_files`. Never returns."""
        await watch_files(self._path.parent, lambda: [self._path], self._changed, busy=busy)

    async def _changed(self) -> None:
        if not self._path.exists():
            await asyncio.sleep(GONE_AFTER)
        self.reload()
