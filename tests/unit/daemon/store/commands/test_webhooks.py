import msgspec
import pytest

from daemon.store.commands.webhooks import (
    ROTATION_MS,
    ActivateWebhook,
    DeleteWebhook,
    ForgetOldSecrets,
    PauseWebhook,
    SaveWebhook,
)
from daemon.store.errors import NameTaken, NotFound, StaleVersion, WrongState
from daemon.store.facts import WebhookChanged
from daemon.store.models import AuditModel, RevisionModel, WebhookModel
from daemon.store.writer_memory import load
from tests.unit.daemon.store.commands.conftest import ANN, NOW


def save(store, hook, *, version=None, now=NOW, **changes):
    config = msgspec.structs.replace(hook.config, **changes)
    return store.apply(SaveWebhook(config, ANN, now, uid=hook.uid, version=version))


def actions(store):
    return [row.action for row in AuditModel.select().namedtuples().execute(store.db)]


def test_a_saved_webhook_is_read_back_whole(store):
    hook = store.webhook(secret="k" * 32, body_template="{{payload}}")
    saved = save(store, hook, version=1, url="https://example.com/other")
    assert (saved.version, saved.revision, saved.uid) == (2, 2, hook.uid)
    assert load(store.db, store.cipher).webhooks == {1: saved} == store.memory.webhooks
    row = WebhookModel.select().namedtuples().get(store.db)
    assert "example.com/other" not in row.config
    assert b"example.com" not in row.sealed
    assert RevisionModel.select().count(store.db) == 2
    assert store.published(WebhookChanged)[0].cause == "saved"
    assert actions(store) == ["webhook.create", "webhook.update"]


def test_a_stale_version_is_refused_with_what_there_is(store):
    hook = store.webhook()
    save(store, hook, version=1, events=("scan.failed",))
    with pytest.raises(StaleVersion, match="it is at version 2, you started from 1") as stale:
        save(store, hook, version=1)
    assert (stale.value.current["version"], stale.value.current["id"]) == (2, hook.uid)
    with pytest.raises(StaleVersion, match="read it before you delete it"):
        store.apply(DeleteWebhook(hook.uid, 1, ANN, NOW))
    assert WebhookModel.select(WebhookModel.version).scalar(store.db) == 2


def test_a_name_is_taken_until_its_webhook_is_deleted(store):
    hook = store.webhook()
    other = store.webhook("other")
    with pytest.raises(NameTaken):
        store.webhook()
    with pytest.raises(NameTaken):
        save(store, other, name="hook")
    store.apply(DeleteWebhook(hook.uid, 1, ANN, NOW))
    assert save(store, other, name="hook").config.name == "hook"


def test_a_replaced_secret_signs_for_a_day(store):
    hook = store.webhook(secret="a" * 32)
    saved = save(store, hook, secret="b" * 32)
    assert (saved.previous_secret, saved.previous_secret_until) == ("a" * 32, NOW + ROTATION_MS)
    store.apply(ForgetOldSecrets(NOW + ROTATION_MS - 1))
    assert not store.published(WebhookChanged)
    store.apply(ForgetOldSecrets(NOW + ROTATION_MS))
    assert store.memory.webhooks[1].previous_secret is None
    assert load(store.db, store.cipher).webhooks == store.memory.webhooks


def test_pausing_discards_what_waits_and_activating_sends_nothing(store):
    hook = store.webhook()
    store.accept(*[{}] * 2, slots=False)
    paused = store.apply(PauseWebhook(hook.uid, ANN, NOW + 1))
    assert paused.blocked_reason == "paused: by ann"
    assert {store.delivery(row).status for row in (1, 2)} == {"discarded"}
    assert store.apply(PauseWebhook(hook.uid, ANN, NOW)) is paused
    active = store.apply(ActivateWebhook(hook.uid, ANN, NOW + 2))
    assert (active.state, active.paused_at, store.total("pending")) == ("active", None, 0)
    assert load(store.db, store.cipher).webhooks == store.memory.webhooks
    assert actions(store) == ["webhook.create", "webhook.pause", "webhook.activate"]


def test_activating_an_active_webhook_resets_its_failures_in_a_row(store):
    hook = store.webhook()
    store.fail_for_good()
    assert store.apply(ActivateWebhook(hook.uid, ANN, NOW)) is hook
    assert store.memory.health[1].consecutive_failures == 0
    assert load(store.db, store.cipher).health == store.memory.health


def test_a_deleted_webhook_keeps_nothing_secret(store):
    hook = store.webhook(secret="k" * 32)
    store.accept(slots=False)
    store.apply(DeleteWebhook(hook.uid, 1, ANN, NOW + 1))
    row = WebhookModel.select().namedtuples().get(store.db)
    assert (row.sealed, row.previous_secret, row.deleted_at) == (None, None, NOW + 1)
    assert store.delivery().reason == "webhook deleted"
    with pytest.raises(WrongState, match="'hook' was deleted"):
        store.apply(PauseWebhook(hook.uid, ANN, NOW))
    with pytest.raises(NotFound, match="there is no webhook 'wh_none'"):
        store.apply(PauseWebhook("wh_none", ANN, NOW))
