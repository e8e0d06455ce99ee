"""What people do to webhooks, for the API and webhook files; and the manual retry of a delivery.

Input is checked here; the writer makes the change with its audit entry.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from daemon.domain.configuration.form import CheckedWebhook, InvalidWebhook, read_webhook
from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.problems import FieldError
from daemon.domain.webhooks.config import WebhookConfig
from daemon.protocol import FieldProblem
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import conflict, invalid, not_found
from daemon.services.registry import Registry, RegistryEntry
from daemon.store.commands.retry import RetryDelivery
from daemon.store.commands.send_test import SendTest
from daemon.store.commands.webhooks import ActivateWebhook, DeleteWebhook, PauseWebhook, SaveWebhook
from daemon.store.facts import DeliveryChanged
from daemon.store.records import DeliveryRecord, WebhookRecord
from daemon.store.writer import Writer
from daemon.util.clock import Clock


class SavedWebhook(msgspec.Struct, frozen=True):
    """A webhook that was saved, and the warnings about it."""

    entry: RegistryEntry
    warnings: tuple[FieldProblem, ...]


class WebhookService:
    """Creates, saves, deletes, pauses, activates and tests webhooks; retries deliveries."""

    def __init__(
        self,
        *,
        owner: str,
        writer: Writer,
        registry: Registry,
        clock: Clock,
        known_types: Callable[[], Collection[str]],
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._registry = registry
        self._clock = clock
        self._known_types = known_types
        self._tests: dict[str, asyncio.Future[DeliveryRecord]] = {}

    async def create(
        self, form: Mapping[str, Any], caller: Caller, *, managed_by: str | None = None
    ) -> SavedWebhook:
        """Create a webhook from a form; `managed_by` is the file that owns it."""
        checked = self.check(form, None)
        webhook = await self._writer.submit(
            SaveWebhook(checked.config, caller, self._clock.now_ms(), managed_by=managed_by)
        )
        return self._saved(webhook, checked)

    async def replace(
        self,
        uid_or_name: str,
        form: Mapping[str, Any],
        version: int | None,
        caller: Caller,
        *,
        managed_by: str | None = None,
        taken_from: str | None = None,
    ) -> SavedWebhook:
        """Replace the configuration of a webhook.

        `version` is the one that the form started from; None accepts any. `taken_from` is the
        previous file of a webhook that moved to another file.
        """
        entry = self.find(uid_or_name)
        self._check_editable(entry, taken_from or managed_by)
        checked = self.check(form, entry.webhook.config)
        webhook = await self._writer.submit(
            SaveWebhook(
                checked.config,
                caller,
                self._clock.now_ms(),
                uid=entry.uid,
                version=version,
                managed_by=managed_by,
            )
        )
        return self._saved(webhook, checked)

    async def delete(
        self,
        uid_or_name: str,
        version: int | None,
        caller: Caller,
        *,
        managed_by: str | None = None,
    ) -> None:
        """Delete a webhook; its history stays."""
        entry = self.find(uid_or_name)
        self._check_editable(entry, managed_by)
        await self._writer.submit(DeleteWebhook(entry.uid, version, caller, self._clock.now_ms()))

    async def pause(self, uid_or_name: str, caller: Caller) -> RegistryEntry:
        """Pause a webhook by hand."""
        uid = self.find(uid_or_name).uid
        await self._writer.submit(PauseWebhook(uid, caller, self._clock.now_ms()))
        return self.find(uid)

    async def activate(self, uid_or_name: str, caller: Caller) -> RegistryEntry:
        """Activate a paused webhook."""
        uid = self.find(uid_or_name).uid
        await self._writer.submit(ActivateWebhook(uid, caller, self._clock.now_ms()))
        return self.find(uid)

    async def test(self, uid_or_name: str, caller: Caller, data: bytes) -> DeliveryRecord:
        """Send a test event with this data; returns the delivery when its attempt has ended."""
        uid = self.find(uid_or_name).uid
        command = SendTest(uid, data, caller, self._owner, self._clock.now_ms())
        future: asyncio.Future[DeliveryRecord] = asyncio.get_running_loop().create_future()
        record = await self._writer.submit(command)
        self._tests[record.uid] = future
        try:
            ended = await future
        finally:
            del self._tests[record.uid]
        if not ended.attempt:
            raise conflict(f"the test was not sent: {ended.reason}")
        return ended

    async def retry(self, delivery_uid: str, caller: Caller) -> int:
        """Retry a delivery by hand; returns the number of the attempt that is made."""
        return await self._writer.submit(RetryDelivery(delivery_uid, caller, self._clock.now_ms()))

    def delivery_changed(self, fact: DeliveryChanged) -> None:
        """Resolve the test that waits for this delivery, if it has ended."""
        waiting = self._tests.get(fact.record.uid)
        if waiting is None or waiting.done() or fact.record.status is DeliveryStatus.PENDING:
            return
        waiting.set_result(fact.record)

    def find(self, uid_or_name: str) -> RegistryEntry:
        """A webhook by id or name; Refusal (404) when there is none."""
        entry = self._registry.find(uid_or_name)
        if entry is None:
            raise not_found("webhook", uid_or_name)
        return entry

    def read_form(
        self, form: Mapping[str, Any], previous: WebhookConfig | None = None
    ) -> CheckedWebhook:
        """Check a form by the rules; `InvalidWebhook` with all errors."""
        return read_webhook(form, known_types=self._known_types(), previous=previous)

    def check(self, form: Mapping[str, Any], previous: WebhookConfig | None) -> CheckedWebhook:
        """Check a form by the rules; Refusal (422) with all errors."""
        try:
            return self.read_form(form, previous)
        except InvalidWebhook as error:
            raise invalid(_problems(error.errors)) from error

    def _check_editable(self, entry: RegistryEntry, managed_by: str | None) -> None:
        owner = entry.webhook.managed_by
        if owner is not None and owner != managed_by:
            raise conflict(
                f"webhook {entry.webhook.config.name!r} is kept in {owner}; edit that file instead"
            )

    def _saved(self, webhook: WebhookRecord, checked: CheckedWebhook) -> SavedWebhook:
        return SavedWebhook(self._registry.by_row(webhook.row), tuple(_problems(checked.warnings)))


def _problems(errors: Collection[FieldError]) -> list[FieldProblem]:
    return [FieldProblem(error.field, error.message) for error in errors]
