"""The settings in effect as `/v1/daemon` shows them: plain JSON values, nothing secret."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from daemon.settings.model import Settings

_USERINFO = re.compile(r"(?<=://)[^/@]*@")
_MASK = "••••"


def shown(settings: Settings) -> dict[str, Any]:
    """By section and key. A URL loses its user part; of a command only the program is seen."""
    plain: dict[str, Any] = _plain(settings)
    if settings.notify.command is not None:
        program, *arguments = settings.notify.command
        plain["notify"]["command"] = [program, *(_MASK for _ in arguments)]
    return plain


def changed(settings: Settings, defaults: Settings) -> dict[str, Any]:
    """What is not at its default, as `section.key`, with the default."""
    now = shown(settings)
    return {
        f"{section}.{key}": default
        for section, keys in shown(defaults).items()
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
