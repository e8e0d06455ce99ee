"""The settings of `daemon.toml`, read as one frozen `Settings`.

`LiveSettings` keeps them up to date. It is not exported here, since it imports watchfiles, which
commands that only read settings do not need.
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
from daemon.settings.views import public_settings

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
    "public_settings",
]
