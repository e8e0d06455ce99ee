"""Commands that make, save, pause, activate and delete webhooks, each with its audit entry."""

from typing import Any

import msgspec
from peewee import fn

from daemon.domain.webhooks.config import WebhookConfig, WebhookState
from daemon.domain.webhooks.masking import mask_url, masked_headers, masked_webhook
from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.cipher import SentShape, seal_config, seal_secret, seal_shape
from daemon.store.commands.webhook_state import activate, discard_pending, pause
from daemon.store.errors import NameTaken, NotFound, StaleVersion, WrongState
from daemon.store.facts import WebhookChanged
from daemon.store.models import RevisionModel, WebhookModel
from daemon.store.records import WebhookRecord
from daemon.store.transaction import Transaction
from daemon.util.ids import new_short

ROTATION_MS = 24 * 3_600_000
"""How long a replaced secret signs beside the new one (rules.md §2)."""


class SaveWebhook:
    """Make a webhook (`uid` None) or replace the configuration of one."""

    def __init__(
        self,
        config: WebhookConfig,
        caller: Caller,
        now_ms: int,
        *,
        uid: str | None = None,
        version: int | None = None,
        managed_by: str | None = None,
    ) -> None:
        self._config = config
        self._caller = caller
        self._now_ms = now_ms
        self._uid = uid
        self._version = version
        self._managed_by = managed_by

    def apply(self, tx: Transaction) -> WebhookRecord:
        """Save. Raises NotFound, WrongState (deleted), StaleVersion or NameTaken."""
        before = None if self._uid is None else existing_webhook(tx, self._uid)
        if before is not None:
            self._check_version(before)
        self._check_name(tx, before)
        webhook = self._webhook(tx, before)
        self._write(tx, webhook, is_new=before is None)
        write_entry(
            tx,
            self._caller,
            self._now_ms,
            "webhook.create" if before is None else "webhook.update",
            webhook.config.name,
            None if before is None else masked_webhook(before.config),
            masked_webhook(webhook.config),
        )
        return webhook

    def _check_version(self, before: WebhookRecord) -> None:
        if self._version is not None and self._version != before.version:
            raise _stale(
                before,
                f"another user saved {before.config.name} meanwhile: it is at version"
                f" {before.version}, you started from {self._version}; compare both and save again",
            )

    def _check_name(self, tx: Transaction, before: WebhookRecord | None) -> None:
        for webhook in tx.memory.webhooks.values():
            if (
                webhook.deleted_at is None
                and webhook.config.name == self._config.name
                and (before is None or webhook.row != before.row)
            ):
                raise NameTaken

    def _webhook(self, tx: Transaction, before: WebhookRecord | None) -> WebhookRecord:
        revision = 1 + (RevisionModel.select(fn.MAX(RevisionModel.id)).scalar(tx.db) or 0)
        if before is None:
            return WebhookRecord(
                row=1 + max(tx.memory.webhooks, default=0),
                uid=new_short("wh"),
                config=self._config,
                url_shown=mask_url(self._config.url),
                revision=revision,
                version=1,
                created_at=self._now_ms,
                updated_at=self._now_ms,
                managed_by=self._managed_by,
            )
        return msgspec.structs.replace(
            before,
            config=self._config,
            url_shown=mask_url(self._config.url),
            revision=revision,
            version=before.version + 1,
            updated_at=self._now_ms,
            managed_by=self._managed_by,
            **self._previous_secret(before),
        )

    def _previous_secret(self, before: WebhookRecord) -> dict[str, Any]:
        """The replaced secret signs for a day beside a new one; without a new one, none signs."""
        old, new = before.config.secret, self._config.secret
        if new is None:
            return {"previous_secret": None, "previous_secret_until": None}
        if old is None or old == new:
            return {}
        return {"previous_secret": old, "previous_secret_until": self._now_ms + ROTATION_MS}

    def _write(self, tx: Transaction, webhook: WebhookRecord, *, is_new: bool) -> None:
        readable, sealed = seal_config(webhook.row, webhook.config, tx.cipher)
        previous = (
            None
            if webhook.previous_secret is None
            else seal_secret(webhook.row, webhook.previous_secret, tx.cipher)
        )
        shape = SentShape(
            webhook.config.url,
            masked_headers(
                ((header.name, header.value) for header in webhook.config.headers), webhook.config
            ),
        )
        sealed_shape = seal_shape(webhook.revision, shape, tx.cipher)
        tx.run(RevisionModel.insert(id=webhook.revision, webhook=webhook.row, sealed=sealed_shape))
        seq = tx.seq()
        values = {
            "name": webhook.config.name,
            "url_shown": webhook.url_shown,
            "config": readable,
            "sealed": sealed,
            "previous_secret": previous,
            "previous_secret_until": webhook.previous_secret_until,
            "revision": webhook.revision,
            "version": webhook.version,
            "managed_by": webhook.managed_by,
            "updated_at": webhook.updated_at,
            "changed_seq": seq,
        }
        if is_new:
            values |= {"id": webhook.row, "uid": webhook.uid, "created_at": webhook.created_at}
            tx.run(WebhookModel.insert(values))
        else:
            tx.run(WebhookModel.update(values).where(WebhookModel.id == webhook.row))
        tx.memory.keep(webhook)
        tx.publish(WebhookChanged(seq, webhook, "created" if is_new else "saved"))


class ForgetOldSecrets:
    """Delete replaced secrets whose day is over, from the store and from memory."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Check every webhook; few have such a secret."""
        for webhook in list(tx.memory.webhooks.values()):
            until = webhook.previous_secret_until
            if until is None or until > self._now_ms:
                continue
            forgotten = msgspec.structs.replace(
                webhook, previous_secret=None, previous_secret_until=None
            )
            seq = tx.seq()
            change = WebhookModel.update(
                previous_secret=None, previous_secret_until=None, changed_seq=seq
            )
            tx.run(change.where(WebhookModel.id == webhook.row))
            tx.memory.keep(forgotten)
            tx.publish(WebhookChanged(seq, forgotten, "saved"))


class DeleteWebhook:
    """Delete a webhook and its secrets, discard its waiting deliveries, keep its history."""

    def __init__(self, uid: str, version: int | None, caller: Caller, now_ms: int) -> None:
        self._uid = uid
        self._version = version
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> WebhookRecord:
        """Delete. Raises NotFound, WrongState (deleted before) or StaleVersion."""
        before = existing_webhook(tx, self._uid)
        if self._version is not None and self._version != before.version:
            raise _stale(
                before,
                f"another user saved {before.config.name} meanwhile: it is at version"
                f" {before.version}; read it before you delete it",
            )
        emptied = msgspec.structs.replace(
            before.config,
            url="",
            secret=None,
            body_template=None,
            headers=(),
        )
        webhook = msgspec.structs.replace(
            before,
            config=emptied,
            previous_secret=None,
            previous_secret_until=None,
            deleted_at=self._now_ms,
            updated_at=self._now_ms,
        )
        readable, _ = seal_config(webhook.row, emptied, tx.cipher)
        seq = tx.seq()
        change = WebhookModel.update(
            config=readable,
            sealed=None,
            previous_secret=None,
            previous_secret_until=None,
            deleted_at=self._now_ms,
            updated_at=self._now_ms,
            changed_seq=seq,
        )
        tx.run(change.where(WebhookModel.id == webhook.row))
        tx.memory.keep(webhook)
        tx.publish(WebhookChanged(seq, webhook, "deleted"))
        discard_pending(tx, webhook, self._now_ms)
        write_entry(
            tx,
            self._caller,
            self._now_ms,
            "webhook.delete",
            webhook.config.name,
            masked_webhook(before.config),
            None,
        )
        return webhook


class PauseWebhook:
    """Pause a webhook by hand; a paused one does not change."""

    def __init__(self, uid: str, caller: Caller, now_ms: int) -> None:
        self._uid = uid
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> WebhookRecord:
        """Pause it and discard its waiting deliveries."""
        before = existing_webhook(tx, self._uid)
        webhook = pause(tx, before, f"by {self._caller.login}", self._now_ms, cause="paused")
        if webhook is not before:
            write_entry(
                tx,
                self._caller,
                self._now_ms,
                "webhook.pause",
                webhook.config.name,
                {"state": WebhookState.ACTIVE.value},
                {"state": webhook.state.value, "reason": webhook.paused_reason},
            )
        return webhook


class ActivateWebhook:
    """Activate a paused webhook. For an active one, only reset its consecutive failures."""

    def __init__(self, uid: str, caller: Caller, now_ms: int) -> None:
        self._uid = uid
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> WebhookRecord:
        """Activate with no failures in a row."""
        before = existing_webhook(tx, self._uid)
        if before.state is WebhookState.ACTIVE:
            consecutive_failures = tx.memory.health[before.row].consecutive_failures
            if consecutive_failures:
                tx.set_consecutive_failures(before.row, 0)
                key = "consecutive_failures"
                self._note(tx, before, {key: consecutive_failures}, {key: 0})
            return before
        webhook = activate(tx, before, self._now_ms)
        was = {"state": before.state.value, "reason": before.paused_reason}
        self._note(tx, webhook, was, {"state": webhook.state.value})
        return webhook

    def _note(self, tx: Transaction, webhook: WebhookRecord, before: object, after: object) -> None:
        name = webhook.config.name
        write_entry(tx, self._caller, self._now_ms, "webhook.activate", name, before, after)


def existing_webhook(tx: Transaction, uid: str) -> WebhookRecord:
    """The webhook of this id. Raises NotFound, or WrongState when it was deleted."""
    for webhook in tx.memory.webhooks.values():
        if webhook.uid == uid:
            if webhook.deleted_at is not None:
                raise WrongState(f"webhook {webhook.config.name!r} was deleted")
            return webhook
    raise NotFound("webhook", uid)


def _stale(webhook: WebhookRecord, message: str) -> StaleVersion:
    current = {**masked_webhook(webhook.config), "id": webhook.uid, "version": webhook.version}
    return StaleVersion(message, current)
