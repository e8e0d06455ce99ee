"""Copying a part of what is selected: which part is asked, how it went is told."""

from collections.abc import Mapping

from corgea_tui.client import calls
from corgea_tui.screens.actions import clipboard
from corgea_tui.screens.dialogs.choose import Choose
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.curl import curl_command
from daemon.protocol import Delivery, DeliveryDetail

SHOWN = 46


def copy_one_of(place: MainScreen, parts: Mapping[str, str]) -> None:
    """Let the reader choose one of the parts, and copy it."""

    def chosen(name: str | None) -> None:
        if name is not None:
            copy(place, name, parts[name])

    choices = [(name, safe_line(text, SHOWN)) for name, text in parts.items() if text]
    place.app.push_screen(Choose([(Cell("Copy", "here"),)], choices), chosen)


def copy_of_delivery(place: MainScreen, delivery: Delivery, detail: DeliveryDetail | None) -> None:
    """Copy a part of a delivery, read in full first where there was no room to show it."""

    def offer(whole: DeliveryDetail | None) -> None:
        copy_one_of(place, _parts(delivery, whole))

    if detail is not None:
        offer(detail)
    else:
        place.call(
            lambda client: client.send(calls.delivery(delivery.id)),
            offer,
            group="copy",
            failed=lambda _: offer(None),
        )


def _parts(delivery: Delivery, detail: DeliveryDetail | None) -> dict[str, str]:
    """What can be copied; body, headers and curl once it was sent."""
    parts = {"delivery id": delivery.id, "event id": delivery.event_id, "URL": delivery.url}
    if detail is not None and detail.attempts:
        request = detail.attempts[-1].request
        parts["body"] = request.body
        parts["headers"] = "\n".join(f"{header.name}: {header.value}" for header in request.headers)
        parts["curl"] = curl_command(request)
    return parts


def copy(place: MainScreen, name: str, text: str) -> None:
    """Copy one text."""
    code = clipboard.sequence(text)
    if code is None:
        path = clipboard.to_file(text)
        place.tell(f"too long for the clipboard of a terminal: it is in {path}", "warning")
        return
    driver = place.app._driver  # noqa: SLF001  # Textual's own copy knows no tmux
    if driver is not None:
        driver.write(code)
    place.tell(f"{name} copied")
