"""What is left after an unexpected error: a short message and a report without any user's data."""

import os
import platform
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path


def write_report(error: BaseException) -> Path | None:
    """Write where it happened, never with which values; None when even that is not possible.

    Messages are left out too: they quote what was being read. The file is in the folder for
    temporary ones, its owner's alone: a home may be what is broken, or a throw-away one.
    """
    try:
        handle, name = tempfile.mkstemp(prefix="corgea-tui-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(report(error))
    except OSError:
        return None
    return Path(name)


def report(error: BaseException) -> str:
    """The kinds of the errors, the versions, and the lines of code."""
    lines = [
        f"corgea-tui {version('corgea-tui')}, textual {version('textual')}",
        f"Python {platform.python_version()}, {platform.system()}",
        f"TERM={os.environ.get('TERM', '')}",
    ]
    current: BaseException | None = error
    while current is not None:
        lines += ["", type(current).__qualname__]
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    return "\n".join(lines) + "\n"


def words(path: Path | None) -> str:
    """The message for the user."""
    where = f"A report without any of your data is in {path}\n" if path is not None else ""
    return (
        "corgea-tui met an error it did not expect, and stopped.\n"
        "The daemon goes on delivering; start the app again.\n" + where
    )
