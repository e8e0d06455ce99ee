"""Writing the history that is in sight to a file."""

from pathlib import Path

from corgea_tui.client.errors import Unreachable
from corgea_tui.screens.actions import bulk
from corgea_tui.screens.dialogs.choose import Choose
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.long_tasks import Export
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell

KINDS = {"CSV": "csv", "JSON lines": "ndjson"}


def export(place: MainScreen, text: str) -> None:
    """Ask for the form, then write to a new file in the folder that the app was started in."""
    if (reason := place.session.blocked_reason("viewer")) is not None:
        place.tell(reason, "warning")
        return
    stamp = place.session.now().astimezone().strftime("%Y%m%d-%H%M%S")
    paths = {name: Path.cwd() / f"corgea-deliveries-{stamp}.{kind}" for name, kind in KINDS.items()}

    def chosen(name: str | None) -> None:
        if name is None:
            return
        try:
            pieces = place.session.client.export(text, KINDS[name])
        except Unreachable as error:
            place.tell(str(error), "error")
        else:
            bulk.follow(place, f"Export to {paths[name].name}", Export(pieces, paths[name]), None)

    what = f"what matches {safe_line(text)}" if text else "the whole history"
    lines = [(Cell(f"Export {what}", "here"),)]
    choices = [(name, safe_line(str(path))) for name, path in paths.items()]
    place.app.push_screen(Choose(lines, choices), chosen)
