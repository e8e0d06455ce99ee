"""Every point at which the crash tests can kill the daemon."""

import importlib
import pkgutil

from daemon import store
from daemon.store.writer import WriteCommand
from daemon.util.failpoints import POINTS


def _command_names() -> list[str]:
    """The classes of the store's commands: what has an `apply`."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(store.__path__, f"{store.__name__}.")
        if ".migrations" not in module.name
    ]
    return sorted(
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
        if "apply" in vars(value) and value is not WriteCommand
    )


COMMANDS = tuple(_command_names())
COMMITS = tuple(f"commit.{when}.{name}" for when in ("before", "after") for name in COMMANDS)
NAMES = (*POINTS, *COMMITS)
