"""What webhook files and the store's webhooks make necessary (rules.md §2, Webhooks as files).

The file owns the configuration, the store owns everything else. A webhook's identity is its name. A
file counts whole: with one error in it, it changes nothing, and what it owned it keeps.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.webhooks.config import WebhookConfig


@dataclass(frozen=True)
class WantedWebhook:
    """A webhook as a file wants it; `form` is what `config` was made of."""

    line: int
    form: Mapping[str, Any]
    config: WebhookConfig

    @property
    def name(self) -> str:
        """Its name, which identifies it."""
        return self.config.name


@dataclass(frozen=True)
class SoundFile:
    """A file that could be read without an error."""

    name: str
    webhooks: tuple[WantedWebhook, ...]


@dataclass(frozen=True)
class StoredWebhook:
    """A webhook as it stands in the store; `owner` is its file, None when it has none."""

    uid: str
    owner: str | None
    config: WebhookConfig


@dataclass(frozen=True)
class NameConflict:
    """A name in a file that belongs to something else: the whole file waits."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class FileChange:
    """A webhook to make (`present` None) or to bring to what its file says."""

    file: str
    wanted: WantedWebhook
    present: StoredWebhook | None


@dataclass(frozen=True)
class FilePlan:
    """What is to be done; `orphans` are webhooks whose file is gone or no longer names them."""

    changes: list[FileChange] = field(default_factory=list)
    orphans: list[StoredWebhook] = field(default_factory=list)
    conflicts: list[NameConflict] = field(default_factory=list)


def make_plan(
    files: Sequence[SoundFile], broken: Collection[str], present: Sequence[StoredWebhook]
) -> FilePlan:
    """What brings the store to what the files say.

    `broken` are the names of files that are there and could not be read. Among files that want the
    same new name the first by file name has it; one that has it already keeps it.
    """
    stored = {webhook.config.name: webhook for webhook in present}
    conflicts: dict[str, list[NameConflict]] = {}
    while True:
        usable = [file for file in files if file.name not in conflicts]
        claims = _claims(usable, stored)
        frozen = {*broken, *conflicts}
        found = _conflicts(usable, claims, stored, frozen)
        if not found:
            break
        conflicts |= found
    return FilePlan(
        changes=[
            FileChange(file.name, wanted, stored.get(wanted.name))
            for file in usable
            for wanted in file.webhooks
            if not _is_done(file.name, wanted, stored.get(wanted.name))
        ],
        orphans=[
            webhook
            for name, webhook in stored.items()
            if webhook.owner is not None and webhook.owner not in frozen and name not in claims
        ],
        conflicts=[conflict for each in conflicts.values() for conflict in each],
    )


def _claims(files: Sequence[SoundFile], stored: Mapping[str, StoredWebhook]) -> dict[str, str]:
    """Which file each name belongs to."""
    claims: dict[str, str] = {}
    for file in sorted(files, key=lambda file: file.name):
        for wanted in file.webhooks:
            owner = stored[wanted.name].owner if wanted.name in stored else None
            if owner == file.name:
                claims[wanted.name] = file.name
            else:
                claims.setdefault(wanted.name, file.name)
    return claims


def _conflicts(
    files: Sequence[SoundFile],
    claims: Mapping[str, str],
    stored: Mapping[str, StoredWebhook],
    frozen: Collection[str],
) -> dict[str, list[NameConflict]]:
    """The names that files want and cannot have, by file."""
    found: dict[str, list[NameConflict]] = {}
    for file in files:
        seen: dict[str, int] = {}
        for wanted in file.webhooks:
            message = _objection(file, wanted, claims, stored, frozen)
            if wanted.name in seen:
                message = f"stands in this file already, in line {seen[wanted.name]}"
            seen.setdefault(wanted.name, wanted.line)
            if message:
                text = f"webhook {wanted.name!r} {message}; names are unique"
                found.setdefault(file.name, []).append(NameConflict(file.name, wanted.line, text))
    return found


def _objection(
    file: SoundFile,
    wanted: WantedWebhook,
    claims: Mapping[str, str],
    stored: Mapping[str, StoredWebhook],
    frozen: Collection[str],
) -> str | None:
    """Why the file cannot have the name, or None."""
    if wanted.name in stored:
        owner = stored[wanted.name].owner
        if owner is None:
            return "is in the store already, made without a file: delete that one or rename this"
        if owner != file.name and owner in frozen:
            return f"belongs to {owner}"
    holder = claims[wanted.name]
    return None if holder == file.name else f"stands in {holder} already"


def _is_done(file: str, wanted: WantedWebhook, present: StoredWebhook | None) -> bool:
    return present is not None and present.owner == file and present.config == wanted.config
