"""The state of a form in words, and the file of a managed webhook."""

import os
from pathlib import Path

from corgea_tui.forms.destination_defaults import has_own_body
from corgea_tui.forms.editing import Editing
from corgea_tui.forms.validation import recognised
from corgea_tui.forms.webhook_draft import Draft
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from daemon.domain.destinations import guide
from daemon.protocol.paths import Paths

REMOTE = "ssh://"


def form_status(edit: Editing) -> list[Cell]:
    """The right end of the heading: errors, warnings, and whether there are unsaved changes."""
    cells = []
    if errors := sum(map(len, edit.errors.values())):
        cells.append(Cell(f"✖ {count(errors, 'error')}", "bad"))
    if warnings := sum(map(len, edit.warnings.values())):
        cells.append(Cell(f"▲ {count(warnings, 'warning')}", "warn"))
    if edit.changed:
        cells.append(Cell("● not saved", "accent"))
    elif edit.stored is not None:
        cells.append(Cell("no changes", "quiet"))
    between = Cell("   ")
    return [part for cell in cells for part in (cell, between)][:-1]


def url_hint(draft: Draft) -> str:
    """An example of the destination's URL."""
    return guide(draft.destination).url_hint if draft.destination else "https://"


def notes_about(draft: Draft) -> tuple[str, ...]:
    """Notes about the chosen destination, or the destination that the URL belongs to."""
    if not draft.destination:
        known = recognised(draft)
        return (
            ()
            if known is None
            else (f"the URL belongs to {known.title}: choose it to fill in the other fields",)
        )
    chosen = guide(draft.destination)
    notes = [*chosen.notes, f"It answers {chosen.answers}."]
    if has_own_body(draft, chosen):
        notes.insert(0, "Your own body stays. For this template, empty it and choose again.")
    return tuple(notes)


def managed_file(name: str, host: str) -> Path | None:
    """The webhook file `name`; None when it is not on this machine.

    `host` is the host of the link. The files of a user's own daemon are in the user's folder, those
    of the system's daemon in `/etc` (interfaces.md, Files).
    """
    if host.startswith(REMOTE) or os.sep in name:
        return None
    folders = [Paths.resolve().webhooks, Paths.resolve({}, system=True).webhooks]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
