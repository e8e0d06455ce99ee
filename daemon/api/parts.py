"""What the API is made of: the parts that can answer, handed over by the composition root."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from daemon.caller import Caller
from daemon.changes import ChangeHub
from daemon.clock import Clock
from daemon.intake import Intake
from daemon.log import LogRing
from daemon.registry import Registry
from daemon.settings import Settings
from daemon.store.cipher import Cipher
from daemon.store.database import Readers
from daemon.webhooks import WebhookService
from daemon.wire import EventType, Queues, SettingProblem


class Jobs(Protocol):
    """Bulk retries and replays (spec.md §3). Each start answers the job's id and what matched."""

    async def start_retry(
        self, *, text: str, limit: int | None, rate: float | None, caller: Caller
    ) -> tuple[str, int]:
        """Retry every delivery that matches."""
        ...

    async def start_replay(
        self,
        *,
        webhook: str,
        since_ms: int | None,
        until_ms: int,
        text: str,
        limit: int | None,
        rate: float | None,
        caller: Caller,
    ) -> tuple[str, int]:
        """Send a webhook again what it missed in a span of time."""
        ...

    async def cancel(self, uid: str, caller: Caller) -> None:
        """Start nothing more of a job; what has started goes on."""
        ...


class Operation(Protocol):
    """The daemon as a whole."""

    def queues(self) -> Queues:
        """How much is under way."""
        ...

    def problem(self) -> str | None:
        """What is wrong with the store right now, e.g. a full disk."""
        ...

    def stop(self, caller: Caller) -> None:
        """Begin to stop; returns at once."""
        ...

    async def backup(self, path: Path, caller: Caller) -> int:
        """Write a copy of the store; returns its size in bytes."""
        ...


class Catalogue(Protocol):
    """The event types there are."""

    def names(self) -> Collection[str]:
        """Those that may be sent."""
        ...

    def entries(self) -> Sequence[EventType]:
        """All of them with a sample, the reserved one too."""
        ...

    def test_data(self) -> bytes:
        """The `data` of the event that Test sends, as JSON."""
        ...


@dataclass(frozen=True)
class Identity:
    """Which daemon this is."""

    instance_id: str
    started_ms: int
    home: Path
    database: Path


@dataclass(frozen=True)
class Parts:
    """Everything that handlers call."""

    identity: Identity
    readers: Readers
    cipher: Cipher
    registry: Registry
    intake: Intake
    webhooks: WebhookService
    jobs: Jobs
    changes: ChangeHub
    catalogue: Catalogue
    operation: Operation
    log: LogRing
    clock: Clock
    settings: Callable[[], Settings]
    settings_shown: Callable[[Settings], dict[str, Any]]
    setting_problems: Callable[[], Sequence[SettingProblem]]
