"""What the API is made of: the parts that can answer, handed over by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from daemon.protocol import Queues, SettingProblem
from daemon.protocol.caller import Caller
from daemon.services.change_stream import ChangeHub
from daemon.services.event_catalogue import EventCatalogue
from daemon.services.intake import Intake
from daemon.services.jobs import JobService
from daemon.services.log import LogRing
from daemon.services.registry import Registry
from daemon.services.unsaved_test import UnsavedTest
from daemon.services.webhooks import WebhookService
from daemon.settings import Settings
from daemon.store.cipher import Cipher
from daemon.store.database import Readers
from daemon.util.clock import Clock


class Operation(Protocol):
    """The daemon as a whole."""

    def queues(self) -> Queues:
        """How much is under way."""
        ...

    def problem(self) -> str | None:
        """What is wrong with the store right now, e.g. a full disk."""
        ...

    async def stop(self, caller: Caller) -> None:
        """Begin to stop."""
        ...

    async def backup(self, path: Path, caller: Caller) -> int:
        """Write a copy of the store; returns its size in bytes."""
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
    trial: UnsavedTest
    jobs: JobService
    changes: ChangeHub
    catalogue: EventCatalogue
    operation: Operation
    log: LogRing
    clock: Clock
    settings: Callable[[], Settings]
    settings_shown: Callable[[Settings], dict[str, Any]]
    settings_changed: Callable[[Settings], dict[str, Any]]
    setting_problems: Callable[[], Sequence[SettingProblem]]
