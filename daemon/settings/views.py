"""Settings as plain JSON values for clients, and the documented example."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from daemon.settings.model import Settings
from daemon.settings.read import keys_of

_USERINFO = re.compile(r"(?<=://)[^/@]*@")
_MASK = "••••"


def public_settings(settings: Settings) -> dict[str, Any]:
    """The settings by section and key for `/v1/daemon`, without secrets.

    A URL loses its user part, and a command its arguments.
    """
    plain: dict[str, Any] = _plain(settings)
    if settings.notify.command is not None:
        program, *arguments = settings.notify.command
        plain["notify"]["command"] = [program, *(_MASK for _ in arguments)]
    return plain


def changed_settings(settings: Settings, defaults: Settings) -> dict[str, Any]:
    """The settings that differ from their default, as `section.key`, with the default."""
    now = public_settings(settings)
    return {
        f"{section}.{key}": default
        for section, keys in public_settings(defaults).items()
        for key, default in keys.items()
        if now[section][key] != default
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _USERINFO.sub(f"{_MASK}@", str(value))


_HEAD = """\
# Settings of corgea-daemon. Every key is listed with its default; keys that are commented out are
# absent by default. The file is read again when it changes; an invalid one changes nothing.
# Durations are seconds or text ("500ms", "10s", "2m", "1h", "1d"), sizes bytes or text ("256KiB").
"""


def example() -> str:
    """A settings file with all defaults and their explanations."""
    return _HEAD + "".join(_section(each.name, each.default) for each in fields(Settings))


def _section(name: str, defaults: Any) -> str:
    doc = _comment(inspect.getdoc(type(defaults)) or "")
    return f"\n{doc}[{name}]\n" + "\n".join(
        _comment(key.doc) + _line(key_name, key, getattr(defaults, key_name))
        for key_name, key in keys_of(type(defaults)).items()
    )


def _line(name: str, key: Any, default: Any) -> str:
    if key.sample is None:
        return f"{name} = {key.kind.write(default)}\n"
    return f"# {name} = {key.kind.write(key.sample)}\n"


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())
