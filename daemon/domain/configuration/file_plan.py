"""The plan that applies webhook files to the store (rules.md §2, Webhooks as files).

A file owns the configuration of its webhooks, the store owns everything else about them. The name
identifies a webhook. A file with an error changes nothing, and keeps the webhooks that it owned.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.webhooks.config import WebhookConfig


@dataclass(frozen=True)
class RequestedWebhook:
    """A webhook of a file; `config` was read from `form`."""

    line: int
    form: Mapping[str, Any]
    config: WebhookConfig

    @property
    def name(self) -> str:
        """Its name, which identifies it."""
        return self.config.name


@dataclass(frozen=True)
class ValidFile:
    """A file without an error."""

    name: str
    webhooks: tuple[RequestedWebhook, ...]


@dataclass(frozen=True)
class StoredWebhook:
    """A webhook of the store; `owner` is its file, None when it has none."""

    uid: str
    owner: str | None
    config: WebhookConfig


@dataclass(frozen=True)
class NameConflict:
    """A name in a file is taken; the file is not applied."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class FileChange:
    """A webhook to create (`stored` is None), or to change to the configuration of its file."""

    file: str
    requested: RequestedWebhook
    stored: StoredWebhook | None


@dataclass(frozen=True)
class FilePlan:
    """The planned changes; `orphans` are webhooks whose file is gone or no longer names them."""

    changes: list[FileChange] = field(default_factory=list)
    orphans: list[StoredWebhook] = field(default_factory=list)
    conflicts: list[NameConflict] = field(default_factory=list)


def make_plan(
    files: Sequence[ValidFile], broken: Collection[str], stored: Sequence[StoredWebhook]
) -> FilePlan:
    """Plan the changes that apply the files to the store.

    `broken` are the names of files that exist and could not be read. When several files have the
    same new name, the first by file name gets it; a file that already owns the name keeps it.
    """
    by_name = {webhook.config.name: webhook for webhook in stored}
    conflicts: dict[str, list[NameConflict]] = {}
    while True:
        usable = [file for file in files if file.name not in conflicts]
        claims = _claims(usable, by_name)
        frozen = {*broken, *conflicts}
        found = _conflicts(usable, claims, by_name, frozen)
        if not found:
            break
        conflicts |= found
    return FilePlan(
        changes=[
            FileChange(file.name, requested, by_name.get(requested.name))
            for file in usable
            for requested in file.webhooks
            if not _is_done(file.name, requested, by_name.get(requested.name))
        ],
        orphans=[
            webhook
            for name, webhook in by_name.items()
            if webhook.owner is not None and webhook.owner not in frozen and name not in claims
        ],
        conflicts=[conflict for each in conflicts.values() for conflict in each],
    )


def _claims(files: Sequence[ValidFile], stored: Mapping[str, StoredWebhook]) -> dict[str, str]:
    """The file of each name."""
    claims: dict[str, str] = {}
    for file in sorted(files, key=lambda file: file.name):
        for requested in file.webhooks:
            owner = stored[requested.name].owner if requested.name in stored else None
            if owner == file.name:
                claims[requested.name] = file.name
            else:
                claims.setdefault(requested.name, file.name)
    return claims


def _conflicts(
    files: Sequence[ValidFile],
    claims: Mapping[str, str],
    stored: Mapping[str, StoredWebhook],
    frozen: Collection[str],
) -> dict[str, list[NameConflict]]:
    """The names that files cannot have, by file."""
    found: dict[str, list[NameConflict]] = {}
    for file in files:
        seen: dict[str, int] = {}
        for requested in file.webhooks:
            message = _objection(file, requested, claims, stored, frozen)
            if requested.name in seen:
                message = f"is in this file already, in line {seen[requested.name]}"
            seen.setdefault(requested.name, requested.line)
            if message:
                text = f"webhook {requested.name!r} {message}; names are unique"
                found.setdefault(file.name, []).append(
                    NameConflict(file.name, requested.line, text)
                )
    return found


def _objection(
    file: ValidFile,
    requested: RequestedWebhook,
    claims: Mapping[str, str],
    stored: Mapping[str, StoredWebhook],
    frozen: Collection[str],
) -> str | None:
    """Why the file cannot have the name, or None."""
    if requested.name in stored:
        owner = stored[requested.name].owner
        if owner is None:
            return "exists already and belongs to no file: delete that one or rename this one"
        if owner != file.name and owner in frozen:
            return f"belongs to {owner}"
    holder = claims[requested.name]
    return None if holder == file.name else f"is in {holder} already"


def _is_done(file: str, requested: RequestedWebhook, stored: StoredWebhook | None) -> bool:
    return stored is not None and stored.owner == file and stored.config == requested.config
