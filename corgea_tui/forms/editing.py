"""A webhook being edited: its stored state, the entered values, and the visible messages."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from corgea_tui.forms.destination_defaults import fill, refill
from corgea_tui.forms.validation import FormCheck, Messages, by_field, validate
from corgea_tui.forms.webhook_draft import Draft, draft_of
from corgea_tui.forms.webhook_request import request_of
from daemon.domain.destinations import guide
from daemon.protocol import FieldProblem, Webhook

UNNEEDED = frozenset({"name", "events"})
"""Fields that a test does not use."""
TEST_NAME, TEST_EVENT = "test of a form", "scan.completed"


@dataclass
class Editing:
    """`stored` is the webhook that a save replaces; None when a save creates one.

    `base` is the form's initial state. The messages of a field are shown once the focus left it;
    all messages are shown once a save was tried.
    """

    base: Draft
    stored: Webhook | None = None
    draft: Draft = field(init=False)
    check: FormCheck = field(init=False, default_factory=FormCheck)
    left: set[str] = field(init=False, default_factory=set)
    show_all: bool = field(init=False, default=False)
    _refused: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict)
    """The daemon's errors for a field, until its value changes."""

    def __post_init__(self) -> None:
        self.draft = self.base

    @property
    def changed(self) -> bool:
        """Whether the form differs from its initial state."""
        return self.draft != self.base

    def take(self, key: str, value: Any) -> None:
        """Take over a field's value; a destination or the events may fill in other fields."""
        self._refused = {at: each for at, each in self._refused.items() if at.split(".")[0] != key}
        if key == "destination":
            self.draft = fill(self.draft, guide(value) if value else None)
        elif key == "events":
            self.draft = refill(self.draft, value)
        else:
            self.draft = replace(self.draft, **{key: value})

    def validate(self, known_types: Collection[str], names: Collection[str]) -> None:
        """Validate the form; `names` are the names of all webhooks."""
        own = None if self.stored is None else self.stored.name
        taken = {name for name in names if name != own}
        found = validate(self.draft, stored=self.stored, known_types=known_types, taken=taken)
        self.check = replace(found, errors={**self._refused, **found.errors})

    def take_refusal(self, problems: Collection[FieldProblem]) -> None:
        """Take in the errors with which the daemon refused a save."""
        self._refused = dict(by_field(problems, request_of(self.draft)))

    @property
    def errors(self) -> Messages:
        """The visible errors."""
        return self._visible(self.check.errors)

    @property
    def warnings(self) -> Messages:
        """The visible warnings."""
        return self._visible(self.check.warnings)

    def _visible(self, messages: Messages) -> Messages:
        if self.show_all:
            return messages
        return {key: each for key, each in messages.items() if key.split(".")[0] in self.left}

    # --- requests

    @property
    def form(self) -> dict[str, Any]:
        """The body of a save."""
        return request_of(self.draft).form

    @property
    def test_errors(self) -> Messages:
        """The errors that prevent a test."""
        return {
            key: each
            for key, each in self.check.errors.items()
            if key.split(".")[0] not in UNNEEDED
        }

    @property
    def test_form(self) -> dict[str, Any]:
        """The body of a test; an incomplete form may be tested too."""
        form = self.form
        form["name"] = form["name"].strip() or TEST_NAME
        form["events"] = form["events"] or [TEST_EVENT]
        return form if self.stored is None else {**form, "id": self.stored.id}

    # --- changes of other users

    def rebase(self, theirs: Webhook, draft: Draft) -> None:
        """Go on with `draft` on the version that another user saved."""
        self.stored = theirs
        self.base = draft_of(theirs)
        self.draft = draft

    def detach(self) -> None:
        """Let a save create a new webhook: the stored one was deleted."""
        self.stored = None
        self.base = Draft()
