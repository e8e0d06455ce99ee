"""Every point at which the crash tests can kill the daemon."""

import importlib
import pkgutil

from daemon.store import commands
from daemon.util.failpoints import POINTS


def _command_names() -> list[str]:
    """The classes of the store's commands: what has an `apply`."""
    modules = [
        importlib.import_module(f"{commands.__name__}.{module.name}")
        for module in pkgutil.iter_modules(commands.__path__)
    ]
    return sorted(
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
        if hasattr(value, "apply")
    )


COMMANDS = tuple(_command_names())
COMMITS = tuple(f"commit.{when}.{name}" for when in ("before", "after") for name in COMMANDS)
NAMES = (*POINTS, *COMMITS)
