"""Reads a file of webhooks for the commands, with every error and its line."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corgea_tui.client.errors import ClientError, Usage
from daemon.domain.configuration.form import InvalidWebhook, read_webhook
from daemon.domain.configuration.references import UnresolvedReference, resolve
from daemon.domain.configuration.webhook_toml import (
    ParsedWebhook,
    WebhookFileProblem,
    load_webhooks,
)
from daemon.domain.webhooks.config import WebhookConfig
from daemon.util.toml import TomlSyntaxError, decode


class BadFile(ClientError):
    """A file of webhooks with errors; `lines` are all errors, as `FILE:LINE: …`."""

    def __init__(self, lines: list[str]) -> None:
        """`lines` holds at least one."""
        super().__init__(lines[0], "\n".join(lines[1:]))
        self.lines = lines


@dataclass(frozen=True)
class FileWebhook:
    """A webhook of the file: the form for the API, and the configuration that results."""

    form: dict[str, Any]
    config: WebhookConfig


def read_text(path: str) -> str:
    """The file's text, or stdin's for `-`."""
    if path == "-":
        import sys

        raw = sys.stdin.buffer.read()
    else:
        try:
            raw = Path(path).read_bytes()
        except OSError as error:
            raise Usage(f"{path}: {error.strerror}") from None
    try:
        return decode(raw)
    except TomlSyntaxError as error:
        raise BadFile([f"{path}:{error.line}: {error}"]) from None


def read_webhooks(
    path: str,
    text: str,
    known_types: Collection[str],
    present: Mapping[str, WebhookConfig],
    environment: Mapping[str, str] = os.environ,
) -> list[FileWebhook]:
    """The webhooks of a file; `present` are the stored ones by name, masked.

    An omitted secret is taken from `present`. Raises `BadFile` with all errors.
    """
    try:
        parsed = load_webhooks(text)
    except WebhookFileProblem as problem:
        raise BadFile([f"{path}:{line}: {message}" for line, message in problem.problems]) from None
    folder = Path(path).parent if path != "-" else Path()
    reading = _Reading(path, folder, known_types, present, environment)
    found = [reading.webhook(each) for each in parsed]
    reading.unique(parsed)
    if reading.errors:
        raise BadFile(reading.errors)
    return [each for each in found if each is not None]


class _Reading:
    def __init__(
        self,
        path: str,
        folder: Path,
        known_types: Collection[str],
        present: Mapping[str, WebhookConfig],
        environment: Mapping[str, str],
    ) -> None:
        self._path = path
        self._folder = folder
        self._known_types = known_types
        self._present = present
        self._environment = environment
        self.errors: list[str] = []

    def webhook(self, parsed: ParsedWebhook) -> FileWebhook | None:
        form, dangling = resolve(parsed.form, self._environment.get, self._file)
        for field, message in dangling:
            self._add_error(
                parsed, field, message.replace("for the daemon and start that", "and try")
            )
        previous = self._present.get(str(form.get("name")))
        try:
            checked = read_webhook(form, known_types=self._known_types, previous=previous)
        except InvalidWebhook as invalid:
            unresolved = {field for field, _ in dangling}
            for error in invalid.errors:
                if error.field not in unresolved:
                    self._add_error(parsed, error.field, error.message)
            return None
        return FileWebhook(form, checked.config)

    def unique(self, parsed: list[ParsedWebhook]) -> None:
        """Complain about names that occur twice."""
        seen: set[str] = set()
        for each in parsed:
            name = str(each.form.get("name"))
            if name in seen:
                self._add_error(each, "name", f"{name!r} is in this file twice")
            seen.add(name)

    def _add_error(self, parsed: ParsedWebhook, field: str, message: str) -> None:
        text = f"{field} {message}" if field else message
        self.errors.append(f"{self._path}:{parsed.line_of(field)}: {text}")

    def _file(self, name: str) -> str:
        path = self._folder / Path(name).expanduser()
        try:
            return path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise UnresolvedReference(f"takes its value from {path}: {error}") from None
