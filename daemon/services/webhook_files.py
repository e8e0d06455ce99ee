"""Reading the folder of webhook files: every file on its own, every error with its line."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.domain.configuration.file_plan import RequestedWebhook, ValidFile
from daemon.domain.configuration.form import CheckedWebhook, InvalidWebhook
from daemon.domain.configuration.references import UnresolvedReference, resolve
from daemon.domain.configuration.webhook_toml import (
    ParsedWebhook,
    WebhookFileProblem,
    load_webhooks,
)
from daemon.domain.problems import FieldError
from daemon.protocol import SettingProblem
from daemon.util.plain_file import read_plain
from daemon.util.toml import TomlSyntaxError, decode

Check = Callable[[Mapping[str, Any]], CheckedWebhook]
"""Checks a form by the rules; raises `InvalidWebhook`."""


@dataclass
class FolderRead:
    """What was found in a folder: sound files, broken ones' names, and what is wrong."""

    sound: list[ValidFile] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    problems: list[SettingProblem] = field(default_factory=list)
    warnings: list[SettingProblem] = field(default_factory=list)
    referenced: set[Path] = field(default_factory=set)
    """Files that `file:PATH` names; a change of one is a change of the webhook."""


def webhook_files(folder: Path) -> list[Path]:
    """The webhook files of a folder by name; hidden ones are editors' own."""
    return sorted(
        path for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != "."
    )


def read_folder(
    folder: Path, check: Check, environment: Mapping[str, str] = os.environ
) -> FolderRead:
    """Read every webhook file; OSError when the folder itself cannot be read."""
    found = FolderRead()
    for path in webhook_files(folder):
        _FileReading(path, check, environment, found).read()
    return found


class _FileReading:
    """One file on its way into what was found."""

    def __init__(
        self, path: Path, check: Check, environment: Mapping[str, str], found: FolderRead
    ) -> None:
        self._path = path
        self._check = check
        self._environment = environment
        self._found = found
        self._sound = True

    def read(self) -> None:
        """Add the file as sound or broken."""
        if not _is_text(self._path.name):  # it could be neither kept nor told
            self._complain(None, "has a name that is not UTF-8; rename it")
            return
        try:
            webhooks = load_webhooks(decode(read_plain(self._path)))
        except OSError as error:
            self._complain(None, f"cannot be read: {error.strerror}")
        except TomlSyntaxError as error:
            self._complain(error.line, str(error))
        except WebhookFileProblem as error:
            for line, message in error.problems:
                self._complain(line, message)
        else:
            wanted = [each for webhook in webhooks if (each := self._wanted(webhook))]
            if self._sound:
                self._found.sound.append(ValidFile(self._path.name, tuple(wanted)))

    def _wanted(self, parsed: ParsedWebhook) -> RequestedWebhook | None:
        """The webhook, when it is sound; complains about all that is wrong with it."""
        form, unresolved = resolve(parsed.form, self._environment.get, self._referenced)
        for name, message in unresolved:
            self._complain(parsed.line_of(name), f"{name} {message}")
        # What still holds its reference for a value: nothing more is to be said of it.
        dangling = {name for name, _ in unresolved}
        try:
            checked = self._check(form)
        except InvalidWebhook as invalid:
            for error in invalid.errors:
                if error.field not in dangling:
                    self._complain(parsed.line_of(error.field), _said(error))
            return None
        self._found.warnings += [
            SettingProblem(str(self._path), parsed.line_of(warning.field), _said(warning))
            for warning in checked.warnings
            if warning.field not in dangling
        ]
        return None if unresolved else RequestedWebhook(parsed.line, form, checked.config)

    def _referenced(self, name: str) -> str:
        """The text of a file that is named relative to this one's folder."""
        try:
            path = self._path.parent / Path(name).expanduser()
            self._found.referenced.add(path)
            return read_plain(path).decode().replace("\r\n", "\n")
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, RuntimeError):  # bytes that are no text, `~nobody`
            reason = "it is not text, or has no such name"
        raise UnresolvedReference(f"takes its value from file {name!r}: {reason}")

    def _complain(self, line: int | None, message: str) -> None:
        self._sound = False
        self._found.broken.add(self._path.name)
        shown = str(self._path).encode(errors="backslashreplace").decode()
        self._found.problems.append(SettingProblem(shown, line, message))


def _is_text(name: str) -> bool:
    """Whether a file's name is UTF-8: other bytes stand in it as lone surrogates."""
    return not any("\udc80" <= each <= "\udcff" for each in name)


def _said(error: FieldError) -> str:
    return f"{error.field} {error.message}" if error.field else error.message
