"""What an admin can set in `daemon.toml`, read as one frozen `Settings`."""

from daemon.settings.event_types import ExtraType
from daemon.settings.model import (
    LOOPBACK,
    Access,
    Delivery,
    Events,
    Inbox,
    Log,
    Network,
    Notify,
    Settings,
    Store,
)

__all__ = [
    "LOOPBACK",
    "Access",
    "Delivery",
    "Events",
    "ExtraType",
    "Inbox",
    "Log",
    "Network",
    "Notify",
    "Settings",
    "Store",
]
