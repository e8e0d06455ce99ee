"""Copies a part of the selected row to the clipboard through the terminal.

OSC 52 reaches the user's own machine through SSH and tmux. A terminal does not confirm a copy. Text
that is too long for most terminals is written to a file instead.
"""

import base64
import os
import tempfile
from collections.abc import Mapping

from corgea_tui.client import calls
from corgea_tui.screens.dialogs.questions import Choose
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.delivery_text import curl_command
from daemon.protocol import Delivery, DeliveryDetail

MOST = 74_994
"""The most bytes of a copy: terminals commonly accept 100,000 characters in an OSC 52."""


def sequence(text: str, env: Mapping[str, str] = os.environ) -> str | None:
    """The escape sequence that copies `text`; None when the text is too long.

    Inside tmux the sequence is wrapped, so that it reaches the terminal outside tmux.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > MOST:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"
    if env.get("TMUX"):
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return plain


def to_file(text: str) -> str:
    """Write `text` to a file that only its owner can read; return its path."""
    handle, path = tempfile.mkstemp(prefix="corgea-copied-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path


SHOWN = 46


def copy_one_of(screen: MainScreen, parts: Mapping[str, str]) -> None:
    """Let the user choose one of the parts, and copy it."""

    def chosen(name: str | None) -> None:
        if name is not None:
            copy(screen, name, parts[name])

    choices = [(name, safe_line(text, SHOWN)) for name, text in parts.items() if text]
    screen.app.push_screen(Choose([(Cell("Copy", "here"),)], choices), chosen)


def copy_of_delivery(screen: MainScreen, delivery: Delivery, detail: DeliveryDetail | None) -> None:
    """Copy a part of a delivery; its details are read first if they were not shown."""

    def offer(whole: DeliveryDetail | None) -> None:
        copy_one_of(screen, _parts(delivery, whole))

    if detail is not None:
        offer(detail)
    else:
        screen.call(
            lambda client: client.send(calls.delivery(delivery.id)),
            offer,
            group="copy",
            failed=lambda _: offer(None),
        )


def _parts(delivery: Delivery, detail: DeliveryDetail | None) -> dict[str, str]:
    """The parts to copy; body, headers and curl only after an attempt."""
    parts = {"delivery id": delivery.id, "event id": delivery.event_id, "URL": delivery.url}
    if detail is not None and detail.attempts:
        request = detail.attempts[-1].request
        parts["body"] = request.body
        parts["headers"] = "\n".join(f"{header.name}: {header.value}" for header in request.headers)
        parts["curl"] = curl_command(request)
    return parts


def copy(screen: MainScreen, name: str, text: str) -> None:
    """Copy one text."""
    code = sequence(text)
    if code is None:
        path = to_file(text)
        screen.toast(f"{name} is too long for the clipboard; it was written to {path}", "warning")
        return
    driver = screen.app._driver  # noqa: SLF001  # Textual's own copy does not support tmux
    if driver is not None:
        driver.write(code)
    screen.toast(f"{name} copied")
