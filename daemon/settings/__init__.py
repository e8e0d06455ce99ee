"""What an admin can set in `daemon.toml`, read as one frozen `Settings`.

`LiveSettings` keeps them up to date and stands in its own module, `daemon.settings.live`, since it
needs watchfiles, which commands that only read settings do not.
"""

from daemon.settings.event_types import ExtraType
from daemon.settings.model import (
    LOOPBACK,
    AccessSettings,
    DeliverySettings,
    EventSettings,
    InboxSettings,
    LogSettings,
    NetworkSettings,
    NotifySettings,
    Settings,
    StoreSettings,
)
from daemon.settings.read import SettingsInvalid, load_settings, problem_line
from daemon.settings.shown import shown

__all__ = [
    "LOOPBACK",
    "AccessSettings",
    "DeliverySettings",
    "EventSettings",
    "ExtraType",
    "InboxSettings",
    "LogSettings",
    "NetworkSettings",
    "NotifySettings",
    "Settings",
    "SettingsInvalid",
    "StoreSettings",
    "load_settings",
    "problem_line",
    "shown",
]
