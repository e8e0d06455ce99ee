"""Reads the folder of webhook files: each file by itself, every error with its line."""

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
    """The contents of a folder: valid files, the names of broken ones, and the problems."""

    valid: list[ValidFile] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    problems: list[SettingProblem] = field(default_factory=list)
    warnings: list[SettingProblem] = field(default_factory=list)
    referenced: set[Path] = field(default_factory=set)
    """Files that `file:PATH` names; when one changes, the webhook changes."""


def webhook_files(folder: Path) -> list[Path]:
    """The webhook files of a folder, by name, without hidden ones (drafts of editors)."""
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
    """Reads one file and adds it to a `FolderRead`."""

    def __init__(
        self, path: Path, check: Check, environment: Mapping[str, str], found: FolderRead
    ) -> None:
        self._path = path
        self._check = check
        self._environment = environment
        self._found = found
        self._valid = True

    def read(self) -> None:
        """Add the file as valid or broken."""
        if not _is_text(self._path.name):  # it cannot be stored as a name
            self._add_problem(None, "has a name that is not UTF-8; rename it")
            return
        try:
            webhooks = load_webhooks(decode(read_plain(self._path)))
        except OSError as error:
            self._add_problem(None, f"cannot be read: {error.strerror}")
        except TomlSyntaxError as error:
            self._add_problem(error.line, str(error))
        except WebhookFileProblem as error:
            for line, message in error.problems:
                self._add_problem(line, message)
        else:
            requested = [each for one in webhooks if (each := self._requested(one))]
            if self._valid:
                self._found.valid.append(ValidFile(self._path.name, tuple(requested)))

    def _requested(self, parsed: ParsedWebhook) -> RequestedWebhook | None:
        """The webhook, when it is valid; adds a problem for each error."""
        form, unresolved = resolve(parsed.form, self._environment.get, self._read_referenced)
        for name, message in unresolved:
            self._add_problem(parsed.line_of(name), f"{name} {message}")
        # These values are still references: further errors about them would be wrong.
        unresolved_names = {name for name, _ in unresolved}
        try:
            checked = self._check(form)
        except InvalidWebhook as invalid:
            for error in invalid.errors:
                if error.field not in unresolved_names:
                    self._add_problem(parsed.line_of(error.field), _message(error))
            return None
        self._found.warnings += [
            SettingProblem(str(self._path), parsed.line_of(warning.field), _message(warning))
            for warning in checked.warnings
            if warning.field not in unresolved_names
        ]
        return None if unresolved else RequestedWebhook(parsed.line, form, checked.config)

    def _read_referenced(self, name: str) -> str:
        """The text of a file that is named relative to this one's folder."""
        try:
            path = self._path.parent / Path(name).expanduser()
            self._found.referenced.add(path)
            return read_plain(path).decode().replace("\r\n", "\n")
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, RuntimeError):  # bytes that are not text, an unknown `~user`
            reason = "the file is not UTF-8 text, or the path names an unknown user"
        raise UnresolvedReference(f"takes its value from file {name!r}: {reason}")

    def _add_problem(self, line: int | None, message: str) -> None:
        self._valid = False
        self._found.broken.add(self._path.name)
        path = str(self._path).encode(errors="backslashreplace").decode()
        self._found.problems.append(SettingProblem(path, line, message))


def _is_text(name: str) -> bool:
    """Whether a file's name is UTF-8: Python keeps other bytes as lone surrogates."""
    return not any("\udc80" <= each <= "\udcff" for each in name)


def _message(error: FieldError) -> str:
    return f"{error.field} {error.message}" if error.field else error.message
