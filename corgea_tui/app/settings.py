"""The app's own settings, `tui.toml`: looks, keys, sounds, saved filters.

A file that is wrong changes nothing; what is wrong with it is told in the app.
"""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens in the app when a webhook is paused or starts failing."""

    toast: bool = False
    bell: bool = False


class TuiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. `keys` maps ids of bindings to keys, `?` lists the ids."""

    theme: str = ""
    """The name of a theme; empty: the app's own dark one."""
    updates_per_second: Annotated[float, msgspec.Meta(gt=0, le=10)] | None = None
    """How often the screen changes at most; None: 10, over SSH 4."""
    keys: dict[str, str] = {}
    alerts: Alerts = Alerts()
    filters: dict[str, str] = {}
    """Filters by name, to choose from with `F`."""


def read_settings(path: Path) -> tuple[TuiSettings, str | None]:
    """The settings in a file, and what is wrong with it. No file: the defaults."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(raw, TuiSettings), None
    except FileNotFoundError:
        return TuiSettings(), None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return TuiSettings(), f"{path}: {error}"
    except msgspec.ValidationError as error:
        return TuiSettings(), f"{path}: {error}"
