"""What can be done to the daemon as a whole: stopping it, backing it up."""

from corgea_tui.client import calls
from corgea_tui.screens.dialogs.questions import Confirm, Prompt
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details.daemon_health import size_words
from daemon.protocol import DaemonInfo


def stop(screen: MainScreen, info: DaemonInfo) -> None:
    """Stop the daemon, after asking."""

    def answered(yes: bool | None) -> None:  # noqa: FBT001  # Textual's callback
        if yes:
            screen.call(
                lambda client: client.send(calls.stop_daemon()),
                lambda _: screen.toast(
                    "the daemon ends what is in flight and stops; nothing accepted is lost"
                ),
                group="daemon",
            )

    waiting = count(info.queues.waiting, "delivery", "deliveries")
    lines = [
        (Cell("Stop the daemon", "bad"), Cell(f" at {safe_line(info.home)}?", "bad")),
        (),
        (Cell(f"{waiting} waiting go on when it is started again; until then"),),
        (Cell("no events are accepted and nothing is sent."),),
    ]
    screen.app.push_screen(Confirm(lines, "stop it"), answered)


def back_up(screen: MainScreen, info: DaemonInfo) -> None:
    """Copy the store to a file on the daemon's machine, after asking where."""

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
        (Cell("A new file on the daemon's machine. The key that opens its secrets"),),
        (Cell("is not in it: keep that too, elsewhere."),),
    ]
    home = safe(info.home)  # what had to be made safe is not its name, and refused when it is used
    proposed = f"{home}/backup-{screen.session.now().astimezone():%Y%m%d-%H%M%S}.db"
    prompt = Prompt(lines, "the path of a file that is not there yet", _check, value=proposed)
    screen.app.push_screen(prompt, answered)


def _check(path: str) -> str | None:
    return None if path.startswith("/") else "the path must be absolute: it is the daemon's"
