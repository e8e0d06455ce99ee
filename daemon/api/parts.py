"""`Parts`: the services that the API's handlers call, handed over by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.protocol import SettingProblem
from daemon.services.change_stream import ChangeHub
from daemon.services.daemon_control import DaemonControl
from daemon.services.intake import EventCatalogue, Intake
from daemon.services.jobs import JobService
from daemon.services.log import LogRing
from daemon.services.registry import Registry
from daemon.services.unsaved_test import UnsavedTest
from daemon.services.webhooks import WebhookService
from daemon.settings import Settings
from daemon.store.cipher import Cipher
from daemon.store.database import Readers
from daemon.util.clock import Clock


@dataclass(frozen=True)
class Identity:
    """Which daemon this is."""

    instance_id: str
    started_ms: int
    home: Path
    database: Path


@dataclass(frozen=True)
class Parts:
    """The services that handlers call, and the settings in effect."""

    identity: Identity
    readers: Readers
    cipher: Cipher
    registry: Registry
    intake: Intake
    webhooks: WebhookService
    unsaved_test: UnsavedTest
    jobs: JobService
    changes: ChangeHub
    catalogue: EventCatalogue
    control: DaemonControl
    log: LogRing
    clock: Clock
    settings: Callable[[], Settings]
    public_settings: Callable[[Settings], dict[str, Any]]
    settings_changed: Callable[[Settings], dict[str, Any]]
    setting_problems: Callable[[], Sequence[SettingProblem]]
