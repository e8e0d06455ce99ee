"""A webhook being edited: what it was, what has been entered, and which complaints are shown."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from corgea_tui.forms.destination_defaults import fill, refill
from corgea_tui.forms.validation import FormCheck, Messages, by_field, judge
from corgea_tui.forms.webhook_draft import Draft, draft_of
from corgea_tui.forms.webhook_request import request_of
from daemon.domain.destinations import guide
from daemon.protocol import FieldProblem, Webhook

UNNEEDED = frozenset({"name", "events"})
"""Fields that a test does not look at."""
TEST_NAME, TEST_EVENT = "test of a form", "scan.completed"


@dataclass
class Editing:
    """`stored` is the webhook that a save replaces, None when it makes one.

    `base` is what the form began with. Complaints about a field are said once it was left, all of
    them once a save was tried.
    """

    base: Draft
    stored: Webhook | None = None
    draft: Draft = field(init=False)
    check: FormCheck = field(init=False, default_factory=FormCheck)
    left: set[str] = field(init=False, default_factory=set)
    all_said: bool = field(init=False, default=False)
    _blamed: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict)
    """What the daemon complained about, until the field holds something else."""

    def __post_init__(self) -> None:
        self.draft = self.base

    @property
    def changed(self) -> bool:
        """Whether anything was entered that is not stored."""
        return self.draft != self.base

    def take(self, key: str, value: Any) -> None:
        """A field holds something else; a destination or the events may fill in others."""
        self._blamed = {at: each for at, each in self._blamed.items() if at.split(".")[0] != key}
        if key == "destination":
            self.draft = fill(self.draft, guide(value) if value else None)
        elif key == "events":
            self.draft = refill(self.draft, value)
        else:
            self.draft = replace(self.draft, **{key: value})

    def judge(self, known_types: Collection[str], names: Collection[str]) -> None:
        """Work out what is wrong; `names` are those of all webhooks."""
        own = None if self.stored is None else self.stored.name
        taken = {name for name in names if name != own}
        found = judge(self.draft, stored=self.stored, known_types=known_types, taken=taken)
        self.check = replace(found, errors={**self._blamed, **found.errors})

    def blame(self, complaints: Collection[FieldProblem]) -> None:
        """Take in what the daemon would not save."""
        self._blamed = dict(by_field(complaints, request_of(self.draft)))

    @property
    def errors(self) -> Messages:
        """The errors that may be said."""
        return self._said(self.check.errors)

    @property
    def warnings(self) -> Messages:
        """The warnings that may be said."""
        return self._said(self.check.warnings)

    def _said(self, messages: Messages) -> Messages:
        if self.all_said:
            return messages
        return {key: each for key, each in messages.items() if key.split(".")[0] in self.left}

    # --- what is sent

    @property
    def form(self) -> dict[str, Any]:
        """The body of a save."""
        return request_of(self.draft).form

    @property
    def test_errors(self) -> Messages:
        """What stands in the way of a test."""
        return {
            key: each
            for key, each in self.check.errors.items()
            if key.split(".")[0] not in UNNEEDED
        }

    @property
    def test_form(self) -> dict[str, Any]:
        """The body of a test: a form that is not finished may be tested too."""
        form = self.form
        form["name"] = form["name"].strip() or TEST_NAME
        form["events"] = form["events"] or [TEST_EVENT]
        return form if self.stored is None else {**form, "id": self.stored.id}

    # --- others save too

    def rebase(self, theirs: Webhook, draft: Draft) -> None:
        """Go on from what another user saved."""
        self.stored = theirs
        self.base = draft_of(theirs)
        self.draft = draft

    def orphan(self) -> None:
        """The stored webhook is gone: a save makes a new one."""
        self.stored = None
        self.base = Draft()
