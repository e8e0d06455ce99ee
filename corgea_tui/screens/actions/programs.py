"""The user's own editor and pager.

This module imports Textual only where the app is suspended, as commands open the editor too.
"""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from corgea_tui.client.errors import Failed

if TYPE_CHECKING:
    from corgea_tui.screens.main_screen import MainScreen

FALLBACKS = ("editor", "nano", "vi")


def edit_text(text: str, suffix: str) -> str:
    """`text` after the user edited it in `$VISUAL` or `$EDITOR`; raises `Failed`.

    Only the user can read the file, as its URLs may be secrets.
    """
    with tempfile.TemporaryDirectory(prefix="corgea-") as folder:
        file = Path(folder, f"edit{suffix}")
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        open_in_editor(file)
        return file.read_text(encoding="utf-8")


def open_in_editor(file: Path) -> None:
    """Open a file in `$VISUAL` or `$EDITOR` and wait for its end; raises `Failed`."""
    command = [*_editor(), os.fspath(file)]
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise Failed(f"cannot start the editor {command[0]}: {error.strerror}") from None
    if code:
        raise Failed(f"the editor {command[0]} ended with code {code}; nothing was changed")


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if command := os.environ.get(name, "").strip():
            return shlex.split(command)
    import shutil

    for name in FALLBACKS:
        if shutil.which(name):
            return [name]
    raise Failed("no editor was found", "set VISUAL or EDITOR")


def page_through(screen: "MainScreen", text: str) -> None:
    """Show `text`, which must be safe for a terminal, in `$PAGER`; the app waits."""
    from textual.app import SuspendNotSupported

    command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    with tempfile.NamedTemporaryFile(
        "w", prefix="corgea-", suffix=".txt", encoding="utf-8"
    ) as file:
        file.write(text + "\n")
        file.flush()
        try:
            with screen.app.suspend():
                subprocess.run([*command, file.name], check=False)
        except SuspendNotSupported:
            screen.toast("this terminal cannot run another program", "warning")
        except OSError as error:
            screen.toast(f"$PAGER: {error.strerror}: {command[0]}", "warning")
