"""The actions on the daemon: stop, and backup of the store."""

from corgea_tui.client import calls
from corgea_tui.screens.dialogs.questions import Confirm, Prompt
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details.daemon_health import size_words
from daemon.protocol import DaemonInfo


def stop(screen: MainScreen, info: DaemonInfo) -> None:
    """Stop the daemon after a confirmation."""

    def answered(yes: bool | None) -> None:  # noqa: FBT001  # Textual's callback
        if yes:
            screen.call(
                lambda client: client.send(calls.stop_daemon()),
                lambda _: screen.toast(
                    "the daemon stops after the deliveries in flight; it keeps all accepted events"
                ),
                group="daemon",
            )

    waiting = count(info.queues.waiting, "delivery", "deliveries")
    lines = [
        (Cell("Stop the daemon", "bad"), Cell(f" at {safe_line(info.home)}?", "bad")),
        (),
        (Cell(f"{waiting} waiting are sent after the next start. Until then"),),
        (Cell("no events are accepted and nothing is sent."),),
    ]
    screen.app.push_screen(Confirm(lines, "stop it"), answered)


def back_up(screen: MainScreen, info: DaemonInfo) -> None:
    """Copy the store to a file on the daemon's machine; the user types the path."""

    def answered(path: str | None) -> None:
        if path is None:
            return
        screen.toast(f"backing up to {path} …")
        screen.call(
            lambda client: client.send(calls.backup(path)),
            lambda done: screen.toast(f"{path} holds a backup of {size_words(done.bytes)}"),
            group="daemon",
        )

    lines = [
        (Cell("Back up the store", "here"),),
        (),
        (Cell("The backup is a new file on the daemon's machine. It does not contain"),),
        (Cell("the key of its secrets: keep a copy of the key elsewhere."),),
    ]
    home = safe(info.home)  # the daemon refuses a path with replaced characters
    proposed = f"{home}/backup-{screen.session.now().astimezone():%Y%m%d-%H%M%S}.db"
    prompt = Prompt(lines, "the path of a new file", _check, value=proposed)
    screen.app.push_screen(prompt, answered)


def _check(path: str) -> str | None:
    return None if path.startswith("/") else "the path must be absolute"
