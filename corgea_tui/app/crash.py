"""The output after an unexpected error: a short message, and a report without user data."""

import os
import platform
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path


def write_report(error: BaseException) -> Path | None:
    """Write the stack of the error without values; return the file, or None when that fails.

    The report has no error messages, as they may quote data. The file is in the temporary folder,
    readable only by its owner, as the home may be unusable or temporary.
    """
    try:
        handle, name = tempfile.mkstemp(prefix="corgea-tui-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(report(error))
    except OSError:
        return None
    return Path(name)


def report(error: BaseException) -> str:
    """The versions, the classes of the errors, and the lines of code."""
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
        "corgea-tui stopped because of an unexpected error.\n"
        "The daemon goes on delivering; start the app again.\n" + where
    )
