"""The daemon's settings: every key of `daemon.toml`, its meaning, its limits and its default.

`load_settings` makes one frozen object, which is handed down; a change of the file makes a new one.
Reading, the printed example and the errors follow from a key's `SettingKey`: a new setting is a new
field here, a row in interfaces.md, and the code that uses it. `policy_of`, `limits_of` and
`network_of` in `daemon/runtime/service.py` hand the settings of deliveries on, at the start and
after each change of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from daemon.protocol import Role
from daemon.settings.event_types import EventTypes, ExtraType
from daemon.settings.hosts import (
    CertificateFile,
    Command,
    Name,
    ProxyUrl,
    Ranges,
    Roles,
    StoreUrl,
)
from daemon.settings.kinds import Count, Duration, Durations, OneOf, OrNever, SettingKind, Size

DAY = 86400.0
LOOPBACK = ("127.0.0.0/8", "::1/128")
"""Ranges that the per-user daemon may reach although they are not public; none with `--system`."""


@dataclass(frozen=True)
class SettingKey:
    """The kind and the documentation of a setting.

    `doc` explains it in the example. `sample` is the value in the example, commented out, of a
    setting that is absent by default.
    """

    kind: SettingKind
    doc: str
    sample: Any = None


@dataclass(frozen=True)
class StoreSettings:
    """Where events and deliveries are stored, and for how long."""

    url: Annotated[
        str | None,
        SettingKey(
            StoreUrl(),
            "The database. Absent: corgea.db in the data folder (`corgea-daemon paths`).\n"
            "Takes effect at the next start.",
            "sqlite:////var/lib/corgea/corgea.db",
        ),
    ] = None
    retention_days: Annotated[
        int | None,
        SettingKey(
            OrNever(Count(1, 36_500)),
            "Finished deliveries and their events are pruned after this many days; 0: never.\n"
            "Statistics keep counting what was pruned.",
        ),
    ] = 30
    retention_bytes: Annotated[
        int | None,
        SettingKey(
            OrNever(Size(2**20, 2**50)),
            'The oldest are pruned once the database is larger than this ("10GiB"); 0: no limit.',
        ),
    ] = None


@dataclass(frozen=True)
class InboxSettings:
    """Limits of the events that producers submit."""

    max_event_bytes: Annotated[
        int, SettingKey(Size(1024, 16 * 2**20), "The largest event that is accepted, in bytes.")
    ] = 256 * 1024
    max_waiting: Annotated[
        int,
        SettingKey(
            Count(1, 100_000_000),
            "With this many deliveries waiting, further events are refused with 503.",
        ),
    ] = 1_000_000


@dataclass(frozen=True)
class DeliverySettings:
    """How deliveries are sent. A webhook's own `retry` takes precedence over the first two."""

    schedule: Annotated[
        tuple[float, ...],
        SettingKey(
            Durations(Duration(0, 7 * DAY), 20),
            'Waits between tries, in seconds or as "2s", "1m"; []: a single try.',
        ),
    ] = (2.0, 4.0)
    timeout: Annotated[
        float,
        SettingKey(
            Duration(0.05, 600),
            "The deadline of one exchange, from the DNS lookup to the end of the body.",
        ),
    ] = 10.0
    pause_after: Annotated[
        int,
        SettingKey(
            Count(1, 1_000_000), "A webhook is paused after this many failed deliveries in a row."
        ),
    ] = 10
    concurrency: Annotated[
        int, SettingKey(Count(1, 4096), "How many deliveries may be in flight at once.")
    ] = 128
    per_webhook_concurrency: Annotated[
        int, SettingKey(Count(1, 4096), "How many of them for one webhook.")
    ] = 16
    sender_processes: Annotated[
        int | None,
        SettingKey(
            Count(0, 16),
            "How many worker processes send besides the daemon, all the time; 0: none. Absent:\n"
            "one or two, by the number of cores, while hundreds are sent a second.",
            1,
        ),
    ] = None
    retry_after_max: Annotated[
        float,
        SettingKey(Duration(0, DAY), "The longest wait that a receiver's Retry-After may ask for."),
    ] = 60.0
    drain: Annotated[
        float,
        SettingKey(Duration(0, 3600), "At a stop: how long attempts in flight may take to finish."),
    ] = 15.0


@dataclass(frozen=True)
class NetworkSettings:
    """Which addresses deliveries may reach, and how."""

    allow: Annotated[
        tuple[str, ...],
        SettingKey(
            Ranges(),
            "Address ranges that may be reached although they are not public. Absent: loopback\n"
            "for the per-user daemon, nothing with --system. Metadata addresses stay blocked.",
            LOOPBACK,
        ),
    ] = LOOPBACK
    ca_file: Annotated[
        Path | None,
        SettingKey(
            CertificateFile(),
            "A PEM file of certificate authorities to trust in addition to the system's.",
            "/etc/corgea/ca.pem",
        ),
    ] = None
    proxy: Annotated[
        str | None,
        SettingKey(
            ProxyUrl(),
            "Deliveries go through this HTTP proxy. The daemon then checks only the proxy's\n"
            "address: the proxy decides which addresses may be reached.",
            "http://proxy.example.com:3128",
        ),
    ] = None


@dataclass(frozen=True)
class AccessSettings:
    """The roles of users. The daemon's own user and root are always admin.

    Roles, each with the rights of those before it: producer (submit events), viewer (read, no
    secrets), operator (retry, replay, test, pause, activate), admin. The highest that applies
    counts.
    """

    group: Annotated[
        str | None,
        SettingKey(
            Name(),
            "The group that may open the sockets (mode 0660). Absent: only the daemon's own user\n"
            "(0600). Opening is not enough: the peer needs a role too.\n"
            "Takes effect at the next start.",
            "corgea",
        ),
    ] = None
    users: Annotated[
        Mapping[str, Role],
        SettingKey(Roles(), "The role of a user, by login name or uid.", {"alice": "admin"}),
    ] = field(default_factory=dict)
    groups: Annotated[
        Mapping[str, Role],
        SettingKey(
            Roles(),
            "The role of a group's members, by name or gid.",
            {"oncall": "operator", "ci": "producer"},
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class EventSettings:
    """Event types beside the built-in ones."""

    types: Annotated[
        tuple[ExtraType, ...],
        SettingKey(
            EventTypes(),
            'Further types that are accepted: a list of names, or a table [events.types."NAME"]\n'
            "for each with a `description` and a `sample` (the data of an event, as JSON text).",
            (ExtraType("sla.violation"), ExtraType("scheduled_scan.daily_report")),
        ),
    ] = ()


@dataclass(frozen=True)
class NotifySettings:
    """Notifications about webhooks that fail."""

    command: Annotated[
        tuple[str, ...] | None,
        SettingKey(
            Command(),
            "Run when a webhook is paused, starts failing or recovers, with the facts as JSON on\n"
            "its standard input. It runs without a shell, and is stopped after 30 s.",
            ("/usr/local/bin/corgea-notify", "--channel", "oncall"),
        ),
    ] = None


@dataclass(frozen=True)
class LogSettings:
    """The daemon's log."""

    level: Annotated[
        str,
        SettingKey(
            OneOf(("debug", "info", "warning", "error")), "The lowest level that is written."
        ),
    ] = "info"
    format: Annotated[
        str,
        SettingKey(
            OneOf(("text", "json")), 'One line a record: "text" for people, "json" for programs.'
        ),
    ] = "text"


@dataclass(frozen=True)
class Settings:
    """All settings of a daemon (interfaces.md, daemon.toml); by default the per-user ones."""

    store: StoreSettings = StoreSettings()
    inbox: InboxSettings = InboxSettings()
    delivery: DeliverySettings = DeliverySettings()
    network: NetworkSettings = NetworkSettings()
    access: AccessSettings = AccessSettings()
    events: EventSettings = EventSettings()
    notify: NotifySettings = NotifySettings()
    log: LogSettings = LogSettings()
