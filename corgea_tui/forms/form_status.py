"""The state of a form in words, and the file that a managed webhook comes from."""

import os
from pathlib import Path

from corgea_tui.forms.destination_defaults import kept_by_hand
from corgea_tui.forms.editing import Editing
from corgea_tui.forms.validation import recognised
from corgea_tui.forms.webhook_draft import Draft
from corgea_tui.text.table import Cell
from daemon.domain.destinations import guide
from daemon.protocol.paths import Paths

REMOTE = "ssh://"


def form_status(edit: Editing) -> list[Cell]:
    """For the right end of the heading: what is to be mended, and whether anything was entered."""
    cells = []
    if errors := sum(map(len, edit.errors.values())):
        cells.append(Cell(f"✖ {errors} to mend", "bad"))
    if warnings := sum(map(len, edit.warnings.values())):
        cells.append(Cell(f"▲ {warnings} to look at", "warn"))
    if edit.changed:
        cells.append(Cell("● not saved", "accent"))
    elif edit.stored is not None:
        cells.append(Cell("no changes", "quiet"))
    between = Cell("   ")
    return [part for cell in cells for part in (cell, between)][:-1]


def url_hint(draft: Draft) -> str:
    """What the URL of the destination looks like."""
    return guide(draft.destination).url_hint if draft.destination else "https://"


def notes_about(draft: Draft) -> tuple[str, ...]:
    """Notes about the destination, or which one the URL belongs to."""
    if not draft.destination:
        known = recognised(draft)
        return (
            () if known is None else (f"the URL is {known.title}'s: choose it to fill in the rest",)
        )
    chosen = guide(draft.destination)
    notes = [*chosen.notes, f"It answers {chosen.answers}."]
    if kept_by_hand(draft, chosen):
        notes.insert(0, "Your own body stays; empty it and choose again to take this one's.")
    return tuple(notes)


def managed_file(name: str, host: str) -> Path | None:
    """The file `name` of the folder of webhook files; None when it cannot be opened here.

    `host` is what the link connects to. A user's own daemon keeps them in the user's folder, the
    system's in `/etc` (interfaces.md, Files).
    """
    if host.startswith(REMOTE) or os.sep in name:
        return None
    folders = [Paths.resolve().webhooks, Paths.resolve({}, system=True).webhooks]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
