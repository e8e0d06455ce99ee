"""Handing the terminal over to the reader's pager."""

import os
import shlex
import subprocess
import tempfile

from textual.app import SuspendNotSupported

from corgea_tui.screens.main_screen import MainScreen


def page_through(place: MainScreen, text: str) -> None:
    """Show `text`, which must be safe for a terminal, in `$PAGER`; the app waits."""
    command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    with tempfile.NamedTemporaryFile(
        "w", prefix="corgea-", suffix=".txt", encoding="utf-8"
    ) as file:
        file.write(text + "\n")
        file.flush()
        try:
            with place.app.suspend():
                subprocess.run([*command, file.name], check=False)
        except SuspendNotSupported:
            place.tell("this terminal cannot be handed over", "warning")
        except OSError as error:
            place.tell(f"$PAGER: {error.strerror}: {command[0]}", "warning")
