"""The app's own settings, `tui.toml`: theme, keys, alerts, saved filters.

A file with an error is ignored; the app shows the error.
"""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Annotated

import msgspec


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The alerts of the app when a webhook is paused or starts failing."""

    toast: bool = False
    bell: bool = False


class TuiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings. `keys` maps ids of bindings to keys; `?` in the app lists the ids."""

    theme: str = ""
    """The name of a theme; empty: the app's own dark one."""
    updates_per_second: Annotated[float, msgspec.Meta(gt=0, le=10)] | None = None
    """The most changes of the screen a second; None: 10, over SSH 4."""
    keys: dict[str, str] = {}
    alerts: Alerts = Alerts()
    filters: dict[str, str] = {}
    """Filters by name; `F` in the app lists them."""


def read_settings(path: Path) -> tuple[TuiSettings, str | None]:
    """The settings in a file and its error, if any. Without a file: the defaults."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(raw, TuiSettings), None
    except FileNotFoundError:
        return TuiSettings(), None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return TuiSettings(), f"{path}: {error}"
    except msgspec.ValidationError as error:
        return TuiSettings(), f"{path}: {error}"


def binding_ids() -> frozenset[str]:
    """The ids of all bindings, which `[keys]` uses.

    Bindings are declared beside their actions, in screens and widgets. This function imports all of
    them, so it is called after the first paint, and only if the settings change keys.
    """
    from textual.binding import Binding
    from textual.dom import DOMNode

    from corgea_tui import screens, widgets

    ids: set[str] = set()
    for room in (screens, widgets):
        for module in walk_packages(room.__path__, f"{room.__name__}."):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, DOMNode):
                    declared = vars(value).get("BINDINGS", ())
                    ids |= {each.id for each in declared if isinstance(each, Binding) and each.id}
    return frozenset(ids)


def unknown_ids(given: Iterable[str]) -> str | None:
    """The message for unknown ids, with the nearest known id; None when all are known."""
    known = binding_ids()
    unknown = sorted(set(given) - known)
    if not unknown:
        return None
    near = get_close_matches(unknown[0], known, n=1)
    advice = f"did you mean {near[0]}?" if near else "? in the app lists them"
    return f"[keys] there is no binding {', '.join(unknown)}; {advice}"
