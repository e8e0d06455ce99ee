"""The settings in effect, section by section, with what is not at its default."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.daemon_health import size_words
from corgea_tui.views.details.lines import Line, quiet
from daemon.protocol import DaemonInfo

NAME = 24
"""Cells for the names of settings."""
VALUE = 300
"""Characters of a value that are shown."""
SECONDS = frozenset({"timeout", "retry_after_max", "drain", "schedule"})
ABSENT = {
    "store.url": "in the data folder",
    "store.retention_days": "for ever",
    "store.retention_bytes": "no limit",
    "network.ca_file": "the system's alone",
    "access.group": "the daemon's own user alone",
}
"""What it means that a setting is absent, where it means more than none."""


def settings_lines(info: DaemonInfo) -> list[Line]:
    """Every setting; `◆` marks what is not at its default, and the default stands beside it."""
    lines: list[Line] = [quiet("◆ is not at its default"), ()] if info.settings_changed else []
    for section, keys in info.settings.items():
        lines.append((Cell(f"  [{safe_line(section, 40)}]", "head"),))
        lines += [_line(f"{section}.{key}", value, info) for key, value in _items(keys)]
        lines.append(())
    return lines or [quiet("the daemon tells no settings")]


def _items(keys: Any) -> Sequence[tuple[str, Any]]:
    """A section's keys; a newer daemon may send something else than a section."""
    return list(keys.items()) if isinstance(keys, Mapping) else [("", keys)]


def _line(path: str, value: Any, info: DaemonInfo) -> Line:
    name = safe_line(path.partition(".")[2], 40)
    words = value_words(path, value)
    if path not in info.settings_changed:
        return (Cell(f"    {name:<{NAME}}", "quiet"), Cell(words))
    default = value_words(path, info.settings_changed[path])
    return (
        Cell("  ◆ ", "accent"),
        Cell(f"{name:<{NAME}}"),
        Cell(words, "strong"),
        Cell(f"   default: {default}", "quiet"),
    )


def value_words(path: str, value: Any) -> str:
    """A setting's value for people, with its unit. `path` is `section.key`."""
    key = path.partition(".")[2]
    if value is None:
        return ABSENT.get(path, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value)
    if isinstance(value, Mapping):
        shown = [f"{name} = {_plain(each)}" for name, each in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        shown = [value_words(path, each) if _is_number(each) else _named(each) for each in value]
    else:
        return safe_line(str(value), VALUE)
    return safe_line(", ".join(shown), VALUE) or "none"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(key: str, value: float) -> str:
    if key in SECONDS:
        return f"{value:g} s"
    if key.endswith("_bytes"):
        return size_words(value)
    if key.endswith("_days"):
        return f"{value:g} days"
    return f"{value:,}"


def _named(value: Any) -> str:
    """An item by its name, where it has one."""
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return str(value["name"])
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
