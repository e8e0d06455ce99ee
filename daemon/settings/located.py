"""Where the settings move what `Paths` places by default."""

from dataclasses import replace
from pathlib import Path

from daemon.protocol.paths import Paths
from daemon.settings.model import Settings
from daemon.settings.read import SettingsInvalid, load_settings

_SCHEME = "sqlite:///"


def located(paths: Paths, settings: Settings) -> Paths:
    """The places with the database that `[store] url` names, if it names one."""
    if settings.store.url is None:
        return paths
    return replace(paths, store=Path(settings.store.url.removeprefix(_SCHEME)))


def located_by_file(paths: Paths, *, system: bool) -> Paths:
    """As `located`, by the settings file; a broken one moves nothing (see `check`)."""
    try:
        return located(paths, load_settings(paths.settings, system=system))
    except SettingsInvalid:
        return paths
