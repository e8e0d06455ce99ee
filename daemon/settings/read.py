"""Reads `daemon.toml`. It reports all errors together, each with its line."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from daemon.domain.problems import closest
from daemon.protocol import SettingProblem
from daemon.protocol.paths import Paths
from daemon.settings.kinds import BadValue
from daemon.settings.model import SettingKey, Settings
from daemon.util.plain_file import read_plain
from daemon.util.toml import LineIndex, TomlSyntaxError, decode, parse
from daemon.util.visible import MESSAGE_LIMIT, visible_line

SECTIONS: dict[str, Any] = {section.name: type(section.default) for section in fields(Settings)}
"""The sections of the file and the class of each."""


class SettingsInvalid(Exception):
    """A settings file that cannot be used. `problems` has all of its errors."""

    def __init__(self, problems: tuple[SettingProblem, ...]) -> None:
        super().__init__("; ".join(map(problem_line, problems)))
        self.problems = problems


def problem_line(problem: SettingProblem) -> str:
    """A problem in the form that editors read, `FILE:LINE: message`, safe for terminals."""
    line = "" if problem.line is None else f":{problem.line}"
    return visible_line(f"{problem.file}{line}: {problem.message}", MESSAGE_LIMIT)


def keys_of(section: Any) -> dict[str, SettingKey]:
    """The `SettingKey` of each key of a section's class."""
    return {
        name: next(note for note in get_args(hint) if isinstance(note, SettingKey))
        for name, hint in get_type_hints(section, include_extras=True).items()
        if get_origin(hint) is Annotated
    }


def load_settings(path: Path, *, system: bool = False) -> Settings:
    """The settings of the file at `path`; the defaults when it does not exist.

    `system` chooses the defaults of the system daemon. Raises SettingsInvalid.
    """
    try:
        raw = read_plain(path)
    except (FileNotFoundError, NotADirectoryError):
        raw = b""
    except OSError as error:
        problem = SettingProblem(str(path), None, f"cannot be read: {error.strerror}")
        raise SettingsInvalid((problem,)) from error
    return read_settings(raw, str(path), system=system)


def read_settings(raw: bytes, file: str, *, system: bool = False) -> Settings:
    """The settings in `raw`. Raises SettingsInvalid, whose problems name `file`."""
    try:
        document, places = parse(decode(raw))
    except TomlSyntaxError as error:
        raise SettingsInvalid((SettingProblem(file, error.line, str(error)),)) from None
    reading = _Reading(file, places)
    given = {
        name: reading.section(name, table)
        for name, table in document.items()
        if reading.known(name)
    }
    if reading.problems:
        raise SettingsInvalid(tuple(sorted(reading.problems, key=lambda each: each.line or 0)))
    if system:
        given["network"] = {"allow": (), **given.get("network", {})}
    return replace(Settings(), **{name: SECTIONS[name](**values) for name, values in given.items()})


class _Reading:
    """Reads the sections of a document and collects their errors."""

    def __init__(self, file: str, places: LineIndex) -> None:
        self.problems: list[SettingProblem] = []
        self._file = file
        self._places = places

    def known(self, name: str) -> bool:
        """Whether a section exists; if not, adds a problem."""
        if name in SECTIONS:
            return True
        if homes := [section for section, keys in _all_keys() if name in keys]:
            message = f"{name} belongs in a section: [{homes[0]}]"
        else:
            message = f"unknown section [{name}]{_hint(name, SECTIONS, '[{}]')}"
        self._complain((name,), message)
        return False

    def section(self, name: str, table: Any) -> dict[str, Any]:
        """The valid values of a section; adds a problem for each invalid one."""
        if not isinstance(table, dict):
            self._complain((name,), f"{name} must be a section: [{name}]")
            return {}
        keys = keys_of(SECTIONS[name])
        values = {}
        for key, value in table.items():
            if key not in keys:
                self._complain((name, key), _unknown_key(name, key, keys))
                continue
            try:
                values[key] = keys[key].kind.read(value)
            except* BadValue as group:
                for error in _flat(group):
                    path = (name, key, *error.at)
                    self._complain(path, f"{'.'.join(map(str, path))} {error}")
        return values

    def _complain(self, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(SettingProblem(self._file, self._places.line(*path), message))


def _all_keys() -> Iterator[tuple[str, dict[str, SettingKey]]]:
    return ((name, keys_of(section)) for name, section in SECTIONS.items())


def _unknown_key(section: str, key: str, keys: dict[str, SettingKey]) -> str:
    homes = [name for name, others in _all_keys() if key in others]
    hint = f"; it belongs in [{homes[0]}]" if homes else _hint(key, keys, "{}")
    return f"unknown key {key} in [{section}]{hint}"


def _hint(word: str, known: Any, form: str) -> str:
    """The closest known name, or all of them."""
    if near := closest(word, known):
        return f"; did you mean {form.format(near)}?"
    return f"; there are {', '.join(form.format(name) for name in known)}"


def _flat(group: BaseExceptionGroup[BadValue]) -> Iterator[BadValue]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error


_SCHEME = "sqlite:///"


def located(paths: Paths, settings: Settings) -> Paths:
    """The paths, with the database of `[store] url` when it is set."""
    if settings.store.url is None:
        return paths
    return replace(paths, store=Path(settings.store.url.removeprefix(_SCHEME)))


def located_by_file(paths: Paths, *, system: bool) -> Paths:
    """As `located`, from the settings file. An invalid file changes no path (see `check`)."""
    try:
        return located(paths, load_settings(paths.settings, system=system))
    except SettingsInvalid:
        return paths
