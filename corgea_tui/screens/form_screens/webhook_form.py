"""The form of a webhook: new, edit, duplicate (app.md, Forms)."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus
from textual.widget import Widget

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import INVALID, NOT_FOUND, STALE, Failed, Refused
from corgea_tui.client.updates import Snapshot, Update, UpdateBatch
from corgea_tui.forms.editing import Editing
from corgea_tui.forms.events import FormEvents
from corgea_tui.forms.form_status import form_status, managed_file, notes_about, url_hint
from corgea_tui.forms.merge import divergences, merged
from corgea_tui.forms.validation import Messages
from corgea_tui.forms.webhook_draft import Draft, SecretEntry, draft_of, duplicate_of, new_secret
from corgea_tui.screens.actions.copying import copy
from corgea_tui.screens.actions.programs import open_in_editor
from corgea_tui.screens.dialogs.conflict import ConflictDialog, Sides
from corgea_tui.screens.form_screens.form_screen import FormScreen
from corgea_tui.screens.form_screens.webhook_insight import WebhookInsight
from corgea_tui.screens.main_screen import must_reread, needs, problem_words
from corgea_tui.state.session import Session
from corgea_tui.widgets.fields.field import Field
from corgea_tui.widgets.fields.json_field import JsonField
from corgea_tui.widgets.fields.panes import OutcomePane, PreviewPane
from corgea_tui.widgets.fields.secret_field import SecretField
from corgea_tui.widgets.fields.single import ChoiceField, TextField
from corgea_tui.widgets.fields.webhook_fields import PASSES, sections, settings_defaults
from daemon.protocol import Problem, Webhook, WebhookSaved, WebhookTestResult


class WebhookForm(FormScreen):
    """Creates a webhook, changes `webhook`, or creates a duplicate of it."""

    SCREEN_NAME = "webhook"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall"), (44, "-lofty")]  # noqa: RUF012
    CSS_PATH = ["../../widgets/fields/fields.tcss", "webhook_form.tcss"]  # noqa: RUF012  # as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "test", "test", id="form.test"),
        Binding("f4", "preview", "preview", id="form.preview"),
        Binding("escape", "leave", "back", id="form.leave"),
        Binding("e", "open_file", "open in $EDITOR", id="form.open_file"),
    ]

    def __init__(
        self, session: Session, webhook: Webhook | None = None, *, duplicate: bool = False
    ) -> None:
        self._events = FormEvents(self._learned)
        super().__init__(session, sections(self._events.known))
        self._insight = WebhookInsight(self, self._events, lambda: self._edit.draft)
        self._title, self._edit = _initial(session, webhook, duplicate=duplicate)
        self._locked = _why_locked(session, self._edit.stored)
        if self._locked is not None and webhook is not None:
            self._title = webhook.name
        self._outcome = OutcomePane(id="outcome")
        self._saving = False

    def body(self) -> Iterable[Widget]:
        """The fields, the preview, and the outcome of a test."""
        yield Container(self.column, self._insight.preview, id="form-body")
        yield self._outcome

    def on_mount(self) -> None:
        """Show the form, then read types and recent events from the daemon."""
        if self._locked is not None:
            self.column.freeze()
            self._banner.write("‖", [self._locked], "-warn")
        for key, words in settings_defaults(self.session.daemon).items():
            self.field(TextField, key).entry.placeholder = words
        self._show_draft()
        self._insight.start()
        super().on_mount()

    @property
    def changed(self) -> bool:
        """Whether the form has unsaved changes."""
        return self._locked is None and self._edit.changed

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Block save and test in a read-only form, and `open_file` without a local file."""
        if action == "open_file":
            return self._file is not None
        return self._locked is None or action not in {"save", "test"}

    # --- changes by other users

    def show_changes(self, update: Update | None) -> None:
        """Take over another user's changes of the webhook; with own changes, show a warning."""
        edit, stored = self._edit, self._edit.stored
        if update is not None and must_reread(update):
            self._insight.again()
        if stored is None or self._saving or not isinstance(update, UpdateBatch | Snapshot):
            return
        newer = [each for each in update.webhooks if each.id == stored.id]
        if newer and newer[-1].version > stored.version:
            if self.changed:
                self._banner.show(
                    [], ["another user saved this webhook: your save will show both versions"]
                )
            else:
                edit.rebase(newer[-1], draft_of(newer[-1]))
                self._show_draft()
                self._insight.soon()
        elif stored.id in update.removed if isinstance(update, UpdateBatch) else not newer:
            self._webhook_deleted()

    def _webhook_deleted(self) -> None:
        """Show that the webhook was deleted; the entered values stay."""
        if self._locked is not None:
            self._banner.show([], ["this webhook was deleted: esc leaves"])
            return
        self._edit.detach()
        self._title = "New webhook"
        self._banner.show([], ["another user deleted this webhook: a save creates it again"])
        self._validate()

    # --- entering

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """On a small terminal, show the preview while the body has the focus."""
        super().on_descendant_focus(event)
        near = [each for each in self._around_focus() if isinstance(each, JsonField | PreviewPane)]
        self.set_class(bool(near), "-previewing")
        if near:
            self.call_after_refresh(near[0].scroll_visible, animate=False)

    def on_field_edited(self, event: Field.Edited) -> None:
        """Take over the value of a field, which may have filled in others."""
        event.stop()
        before = self._edit.draft
        self._edit.take(event.key, event.value)
        after = self._edit.draft
        if after != replace(before, **{event.key: getattr(after, event.key)}):
            self._show_draft()
        else:
            self._validate()
        self._insight.soon()
        self._outcome.outdate()

    def on_field_left(self, event: Field.Left) -> None:
        """Show the messages of the field that the focus left."""
        event.stop()
        self._edit.left.add(event.key)
        self._validate()

    def on_secret_field_requested(self, event: SecretField.Requested) -> None:
        """Generate a secret and copy it: it cannot be shown after the save."""
        event.stop()
        made = new_secret(standard=self._edit.draft.standard_webhooks)
        entry = SecretEntry(self._edit.draft.secret.hint, "set", made)
        self._edit.take("secret", entry)
        self.field(SecretField, "secret").show(entry)
        copy(self, "the new secret, to give to the receiver,", made)
        self._validate()

    def _show_draft(self) -> None:
        for field in self.fields.values():
            if field.key != PASSES:
                field.show(getattr(self._edit.draft, field.key))
        self._validate()

    def _validate(self) -> None:
        edit = self._edit
        edit.validate(self._events.types, {each.name for each in self.session.webhooks.values()})
        self.field(ChoiceField, "destination").notes = notes_about(edit.draft)
        self.field(TextField, "url").entry.placeholder = url_hint(edit.draft)
        self.show_messages(edit.errors, edit.warnings)
        self.head(self._title, [] if self._locked is not None else form_status(edit))

    # --- the preview

    def _learned(self) -> None:
        self._insight.soon()

    def action_preview(self) -> None:
        """Focus the choice of the preview's event."""
        self.add_class("-previewing")
        self._insight.preview.focus_events()

    def on_preview_pane_event_chosen(self, event: PreviewPane.EventChosen) -> None:
        """Show the body for another event."""
        event.stop()
        self._insight.choose(event.value)

    def action_leave(self) -> None:
        """Leave the preview, else the form."""
        if self._insight.preview.has_focus_within and self._locked is None:
            self.field(JsonField, "body_template").area.focus()
        else:
            super().action_leave()

    # --- testing

    @needs("admin")
    def action_test(self) -> None:
        """Send a test event with the entered values, without a save."""
        if self._has_errors(self._edit.test_errors):
            return
        self._outcome.show_message("sending …")
        sent = self._edit.draft
        self.call(
            lambda client: client.send(calls.send_unsaved_test(self._edit.test_form)),
            lambda tested: self._tested(tested, sent),
            group="test",
            failed=lambda words: self._outcome.show_message(words, "bad"),
        )

    def _tested(self, tested: WebhookTestResult, sent: Draft) -> None:
        self._outcome.show(tested.attempt)
        if self._edit.draft != sent:
            self._outcome.outdate()

    # --- saving

    @needs("admin")
    def action_save(self) -> None:
        """Save the form; with errors, show all of them instead."""
        self._edit.show_all = True
        self._validate()
        if self._saving or self._has_errors(self._edit.check.errors):
            return
        self._saving = True
        self.call(self._send, self._sent, group="save", failed=self._unsent)

    async def _send(self, client: Client) -> WebhookSaved | Problem:
        stored, form = self._edit.stored, self._edit.form
        try:
            if stored is None:
                return await client.send(calls.add_webhook(form))
            return await client.send(calls.replace_webhook(stored.id, stored.version, form))
        except Refused as refused:
            return refused.problem

    def _sent(self, answer: WebhookSaved | Problem) -> None:
        self._saving = False
        if isinstance(answer, WebhookSaved):
            self._saved(answer)
        elif answer.status == STALE and self._edit.stored is not None:
            self.call(self._read_theirs, self._show_conflict, group="save")
        elif answer.status == NOT_FOUND and self._edit.stored is not None:
            self._webhook_deleted()
        elif answer.status == INVALID and answer.errors:
            self._edit.take_refusal(answer.errors)
            self._validate()
            self._has_errors(self._edit.errors)
        else:
            self._banner.show([problem_words(answer)])

    def _unsent(self, words: str) -> None:
        self._saving = False
        self._banner.show([words])

    def _saved(self, saved: WebhookSaved) -> None:
        self.dismiss()
        warnings = [f"▲ {warning.message}" for warning in saved.warnings]
        words = "\n".join([f"✔ {saved.name} is saved", *warnings])
        self.toast(words, "warning" if warnings else "information")

    def _has_errors(self, errors: Messages) -> bool:
        """Whether there are errors; the first one gets the focus."""
        if not errors:
            self._banner.show([])
            return False
        self._edit.left |= {key.split(".")[0] for key in errors}
        self._validate()
        wrong = {key.split(".")[0] for key in errors}
        first = next((each for each in self.fields.values() if each.key in wrong), None)
        if first is not None:
            first.go(errors)
        return True

    # --- conflicts of two users

    async def _read_theirs(self, client: Client) -> Webhook:
        stored = self._edit.stored
        return await client.send(calls.webhook(stored.id if stored else ""))

    def _show_conflict(self, theirs: Webhook) -> None:
        edit, other = self._edit, draft_of(theirs)
        found = divergences(edit.base, edit.draft, other)

        def chosen(sides: Sides | None) -> None:
            if sides is not None:
                edit.rebase(theirs, merged(edit.draft, other, sides))
                self._show_draft()
                self.action_save()

        self.app.push_screen(ConflictDialog(theirs.name, theirs.version, found), chosen)

    # --- webhooks that come from files

    @property
    def _file(self) -> Path | None:
        stored = self._edit.stored
        if stored is None or stored.managed_by is None:
            return None
        return managed_file(stored.managed_by, self.session.link_state.host)

    def action_open_file(self) -> None:
        """Open the file of the webhook in `$EDITOR`."""
        if (path := self._file) is None:
            return
        try:
            with self.app.suspend():
                open_in_editor(path)
        except (Failed, SuspendNotSupported) as error:
            self.toast(str(error), "error")


def _initial(session: Session, webhook: Webhook | None, *, duplicate: bool) -> tuple[str, Editing]:
    if webhook is None:
        return "New webhook", Editing(Draft())
    if duplicate:
        names = frozenset(each.name for each in session.webhooks.values())
        return f"Duplicate of {webhook.name}", Editing(duplicate_of(webhook, names))
    return f"Edit {webhook.name}", Editing(draft_of(webhook), webhook)


def _why_locked(session: Session, stored: Webhook | None) -> str | None:
    """Why the form is read-only; None when it is not."""
    if stored is not None and stored.managed_by is not None:
        here = managed_file(stored.managed_by, session.link_state.host)
        advice = "e opens it in $EDITOR" if here else "change it there"
        return f"this webhook comes from the file {here or stored.managed_by}: {advice}"
    return None if session.daemon is None else session.blocked_reason("admin")
