"""An audit entry about something that changes no row."""

from typing import Any

from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.transaction import Transaction


class AuditNote:
    """Write down that somebody did something."""

    def __init__(
        self,
        caller: Caller,
        action: str,
        target: str,
        now_ms: int,
        *,
        before: Any = None,
        after: Any = None,
    ) -> None:
        self._caller = caller
        self._entry = (now_ms, action, target, before, after)

    def apply(self, tx: Transaction) -> None:
        """Append the entry."""
        write_entry(tx, self._caller, *self._entry)
