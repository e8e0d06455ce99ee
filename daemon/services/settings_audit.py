"""Changed settings in the audit: which keys, from what to what (rules.md §5)."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from daemon.protocol.caller import DAEMON
from daemon.settings import Settings
from daemon.settings.views import public_settings
from daemon.store.commands.audit_note import AuditNote
from daemon.store.writer import Writer
from daemon.util.clock import Clock

log = logging.getLogger(__name__)


class SettingsAudit:
    """Writes down each change of what is in effect. Who saved the file, the file does not tell."""

    def __init__(self, file: Path, settings: Settings, writer: Writer, clock: Clock) -> None:
        self._file = file
        self._shown = public_settings(settings)
        self._writer = writer
        self._clock = clock

    def changed(self, settings: Settings) -> None:
        """Settings have taken the place of those before; only what may be shown is kept."""
        before, self._shown = self._shown, public_settings(settings)
        keys = list(_differing(before, self._shown))
        was, now = ({f"{s}.{k}": of[s][k] for s, k in keys} for of in (before, self._shown))
        note = AuditNote(
            DAEMON, "settings.change", str(self._file), self._clock.now_ms(), before=was, after=now
        )
        self._writer.post(note, _noted)


def _differing(one: dict[str, Any], other: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Section and key of what differs; both have all of them."""
    for section, keys in one.items():
        for key, value in keys.items():
            if other[section][key] != value:
                yield section, key


def _noted(result: object) -> None:
    if isinstance(result, BaseException):
        log.warning("the change of settings is not in the audit: %s", result)
