"""What is failing now, where the detail stands while nothing is selected."""

from corgea_tui.screens.failure_runs import ask_stories
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import quiet
from corgea_tui.views.details.triage import in_trouble, triage
from corgea_tui.widgets.detail_pane import DetailPane

NOW, TROUBLE = "-now", "-trouble"
"""Classes of the screen: it is shown, and something is failing (`browser.tcss`)."""


class Now:
    """Shows in a pane what is failing, in no more room than it takes."""

    def __init__(self, place: MainScreen, pane: DetailPane) -> None:
        self._place = place
        self._session = place.session
        self._pane = pane

    def hide(self) -> None:
        """Leave the pane to something else."""
        self._place.remove_class(NOW, TROUBLE)

    def show(self) -> None:
        """Show how things stand; ask for what is not known of them."""
        place, session = self._place, self._session
        bad = in_trouble(session.webhooks.values())
        shown = not place.has_class("-open")
        place.set_class(shown, NOW)
        place.set_class(shown and bool(bad), TROUBLE)
        ask_stories(place, self._told)
        width = self._pane.size.width or place.size.width
        lines = triage(session.webhooks.values(), session.troubles, session.now(), width)
        if session.daemon is None:
            lines = [quiet(place.waiting_words)]
        self._pane.show_plain((Cell(" Now", "head"),), lines)

    def _told(self) -> None:
        if self._place.has_class(NOW):
            self.show()
