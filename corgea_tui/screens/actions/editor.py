"""A text in the user's own editor."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from corgea_tui.client.errors import Failed

FALLBACKS = ("editor", "nano", "vi")


def edit_text(text: str, suffix: str) -> str:
    """`text` after the user saved and left `$VISUAL` or `$EDITOR`; `Failed` when that went wrong.

    The file is the user's alone: what is edited may hold addresses that are secrets.
    """
    with tempfile.TemporaryDirectory(prefix="corgea-") as folder:
        file = Path(folder, f"edit{suffix}")
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        open_in_editor(file)
        return file.read_text(encoding="utf-8")


def open_in_editor(file: Path) -> None:
    """Let the user edit a file until they leave `$VISUAL` or `$EDITOR`; `Failed` as above."""
    command = [*_editor(), os.fspath(file)]
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise Failed(f"cannot start the editor {command[0]}: {error.strerror}") from None
    if code:
        raise Failed(f"the editor {command[0]} ended with {code}; nothing was changed")


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if command := os.environ.get(name, "").strip():
            return shlex.split(command)
    import shutil

    for name in FALLBACKS:
        if shutil.which(name):
            return [name]
    raise Failed("no editor was found", "set VISUAL or EDITOR")
