"""The documented example of `daemon.toml`, made from the settings' own documentation."""

import inspect
from dataclasses import fields
from typing import Any

from daemon.settings.model import Settings
from daemon.settings.read import keys_of

_HEAD = """\
# Settings of corgea-daemon. Every key stands here with its default; those that are commented out
# are absent by default. The file is read again when it changes; a broken one changes nothing.
# Durations are seconds or text ("500ms", "10s", "2m", "1h", "1d"), sizes bytes or text ("256KiB").
"""


def example() -> str:
    """A settings file that says nothing but the defaults, and explains them."""
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
