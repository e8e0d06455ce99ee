"""The result of an emitted event: the decisions about it and its current deliveries."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details.explain_text import explanation
from corgea_tui.views.details.lines import Line
from daemon.protocol import Delivery, EventDetail, Explanation

ORDER = ("succeeded", "failed", "discarded")


class EmitResult:
    """One accepted event."""

    def __init__(
        self, detail: EventDetail, found: Sequence[Explanation], *, duplicate: bool
    ) -> None:
        self._detail = detail
        self._found = found
        self._duplicate = duplicate

    @property
    def event_id(self) -> str:
        """The id of the event."""
        return self._detail.event_id

    @property
    def ended(self) -> bool:
        """Whether all deliveries have ended."""
        return all(row.status != "pending" for row in self._detail.deliveries)

    def take(self, deliveries: Iterable[Delivery]) -> bool:
        """Take in changed deliveries; return whether any was of this event."""
        fresh = {row.id: row for row in deliveries if row.event_id == self.event_id}
        if not fresh:
            return False
        known = {row.id: row for row in self._detail.deliveries} | fresh
        rows = list(known.values())
        self._detail = msgspec.structs.replace(self._detail, deliveries=rows)
        return True

    def heading(self) -> list[Cell]:
        """The state of the deliveries, in a line."""
        cells = [Cell(" Caused  ", "head")]
        webhooks = count(len(self._found), "webhook")
        if went := sum(each.decision == "matched" for each in self._found):
            cells += [Cell(f"went to {went} of {webhooks}   "), self._end()]
        else:
            cells.append(Cell(f"▲ went to none of {webhooks}", "warn"))
        if self._duplicate:
            cells.append(Cell("   duplicate: accepted before, not sent again", "warn"))
        return cells

    def _end(self) -> Cell:
        if not self.ended:
            return Cell("… under way", "accent")
        statuses = [row.status for row in self._detail.deliveries]
        words = ", ".join(f"{statuses.count(each)} {each}" for each in ORDER if each in statuses)
        if set(statuses) <= {"succeeded"}:
            return Cell(f"✔ {words}", "good")
        return Cell(f"✖ {words}", "bad") if "failed" in statuses else Cell(f"▲ {words}", "warn")

    def lines(self, now: datetime) -> list[Line]:
        """A row for every webhook."""
        return explanation(self._found, self._detail, now)
