"""Roles, jobs, and the state of the daemon: audit, log, peers, health."""

from typing import Any, Literal

import msgspec

JobState = Literal["running", "done", "cancelled", "failed"]
Role = Literal["producer", "viewer", "operator", "admin"]

ROLES: tuple[Role, ...] = ("producer", "viewer", "operator", "admin")
"""The roles in order: each includes the rights of those before it (rules.md §7)."""


def role_includes(role: Role, needed: Role) -> bool:
    """Whether `role` includes the rights of `needed`."""
    return ROLES.index(role) >= ROLES.index(needed)


class Job(msgspec.Struct, frozen=True):
    """A bulk retry or a replay."""

    id: str
    kind: Literal["retry", "replay"]
    state: JobState
    matched: int
    started: int
    succeeded: int
    failed: int
    created_at: str
    finished_at: str | None
    by: str
    filter: str
    error: str | None = None


class JobMatched(msgspec.Struct, frozen=True):
    """The answer to a dry run: how many deliveries or events the job would start."""

    matched: int


class JobStarted(msgspec.Struct, frozen=True):
    """The answer to the start of a job: its id, and how many deliveries or events match."""

    job_id: str
    matched: int


class AuditEntry(msgspec.Struct, frozen=True):
    """An audit entry. `before` and `after` hold no secret; `hash` covers the entry before it."""

    id: str
    at: str
    login: str
    uid: int
    action: str
    target: str
    before: Any
    after: Any
    hash: str


class BackupRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for a backup: the absolute path of a new file on the daemon's machine."""

    path: str


class BackupWritten(msgspec.Struct, frozen=True):
    """The path of the backup, and its size in bytes."""

    path: str
    bytes: int


class LogLine(msgspec.Struct, frozen=True):
    """A line of the daemon's log."""

    at: str
    level: str
    logger: str
    message: str


class Peer(msgspec.Struct, frozen=True):
    """A connection: its user, and its use."""

    login: str
    uid: int
    pid: int
    role: Role
    socket: Literal["control", "inbox"]
    since: str
    requests: int
    watching: bool


class SettingProblem(msgspec.Struct, frozen=True):
    """An error in a settings or webhook file, and its line."""

    file: str
    line: int | None
    message: str


class ApiRange(msgspec.Struct, frozen=True):
    """The protocol numbers that the daemon supports."""

    min: int
    max: int


class Queues(msgspec.Struct, frozen=True):
    """How many deliveries wait and are in flight. Rates are means over the last ten seconds."""

    waiting: int
    in_flight: int
    events_per_second: float
    deliveries_per_second: float
    failing_webhooks: int
    paused_webhooks: int


class StoreInfo(msgspec.Struct, frozen=True):
    """The location and size of the store. `bytes` includes the write-ahead log."""

    url: str
    bytes: int
    events: int
    deliveries: int
    sqlite_version: str
    problem: str | None = None


class DaemonInfo(msgspec.Struct, frozen=True):
    """The state of the daemon; also sent on `/v1/watch` when its figures change."""

    version: str
    api: ApiRange
    instance_id: str
    pid: int
    started_at: str
    uptime_ms: int
    role: Role
    login: str
    queues: Queues
    store: StoreInfo
    settings: dict[str, Any]
    settings_errors: list[SettingProblem]
    home: str
    seq: int
    settings_changed: dict[str, Any] = {}
    """The defaults of the changed settings, by `section.key`."""
