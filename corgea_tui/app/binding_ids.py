"""The ids of all bindings, by which `tui.toml` gives them other keys; a test holds them together.

They stand here once more because the widgets and screens that have them are imported late.
"""

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = """
    back choose.cancel column.down column.end column.page_down column.page_up column.top
    column.up confirm.no confirm.yes conflict.leave conflict.next conflict.previous
    conflict.save conflict.theirs conflict.yours daemon.backup daemon.copy daemon.stop
    delivery.copy delivery.export delivery.retry delivery.retry_many emit.again emit.send
    event.copy event.emit failure.next failure.previous filter filter.apply filter.cancel
    filter.complete filter.saved find.cancel find.keep follow form.add_row form.choose
    form.choose_next form.choose_previous form.close_choices form.close_menu form.copy
    form.generate form.leave form.next form.next_section form.open_file form.press
    form.preview form.previous form.previous_section form.propose form.propose_back
    form.remove_row form.reveal form.save form.test form.tick form.tick_down form.tick_left
    form.tick_right form.tick_up form.turn_next form.turn_previous go.daemon go.deliveries
    go.events go.jump go.statistics go.webhooks help help.close jump leaving.leave
    leaving.save leaving.stay link.reconnect list.bottom list.down list.open list.page_down
    list.page_up list.top list.up mark pager progress.close progress.failures progress.stop
    prompt.cancel quit side.theirs side.turn side.yours sort tab.next tab.previous text.down
    text.end text.page_down text.page_up text.top text.undo text.up webhook.add webhook.copy
    webhook.delete webhook.duplicate webhook.edit webhook.pause webhook.replay webhook.test
    window.longer window.shorter wrap
"""
IDS = frozenset(_LISTED.split())


def unknown_ids(given: Iterable[str]) -> str | None:
    """What is wrong with ids that there are not, and what may have been meant; None: nothing."""
    unknown = sorted(set(given) - IDS)
    if not unknown:
        return None
    near = get_close_matches(unknown[0], IDS, n=1)
    meant = f"there is {near[0]}" if near else "? lists them"
    return f"[keys] no binding {', '.join(unknown)}; {meant}"
