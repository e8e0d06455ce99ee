"""Jumping to a time: the list begins there and goes on into the past."""

from collections.abc import Callable

from corgea_tui.screens.dialogs.prompt import Prompt
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.table import Cell

KEY = "until:"


def jump(
    place: MainScreen, text: str, check: Callable[[str], str | None], show: Callable[[str], None]
) -> None:
    """Ask for a time and `show` the filter `text` up to it; an empty answer goes to the present."""

    def answered(typed: str | None) -> None:
        if typed is not None:
            show(until(text, typed))

    lines = [(Cell("Jump to a time", "here"),)]
    place.app.push_screen(
        Prompt(
            lines, "1h (ago), yesterday, 2026-01-15T14:00", lambda typed: check(until(text, typed))
        ),
        answered,
    )


def until(text: str, moment: str) -> str:
    """The filter `text` up to another moment; up to the present when that is empty."""
    kept = [word for word in text.split(" ") if word and not word.startswith(KEY)]
    return " ".join([*kept, f"{KEY}{moment}"] if moment else kept)
