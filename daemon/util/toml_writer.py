"""Writing values as TOML that people like to read and terminals can show."""

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def inline(value: Any) -> str:
    """A JSON value without nulls as TOML on one line."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        rows = ", ".join(f"{key(name)} = {inline(item)}" for name, item in value.items())
        return f"{{ {rows} }}" if rows else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    return repr(value)


def key(name: str) -> str:
    """A key: bare where TOML allows it."""
    return name if _BARE_KEY.fullmatch(name) else _escaped(name)


def text(value: str, *, lines: bool = False) -> str:
    """A string: literal where that spares escapes; with `lines`, over several lines if it has some.

    Characters that are not printable are escaped, so that no terminal acts on them.
    """
    if lines and "\n" in value and _is_plain(value.replace("\n", "")) and "'''" not in value:
        return f"'''\n{value}'''"
    if _is_plain(value) and "'" not in value and ("\\" in value or '"' in value):
        return f"'{value}'"
    return _escaped(value)


def _is_plain(value: str) -> bool:
    return value.replace("\t", "").isprintable()


def _escaped(value: str) -> str:
    """As a basic string: JSON's escapes are TOML's."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _code(ord(each)) for each in quoted)


def _code(number: int) -> str:
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004  # two forms
