"""Secrets: two that sign for a day, and none that stands on disk in clear."""

import sqlite3

import pytest

from daemon.domain.deliveries.signature import verify
from daemon.services.retention import DAY_MS
from daemon.store.commands.webhooks import ForgetOldSecrets
from tests.harness.receiver import fail
from tests.harness.rig import ADMIN

OLD, NEW = "the-old-secret-" + "o" * 32, "the-new-secret-" + "n" * 32
TOKEN, KEY = "token-" + "t" * 32, "routing-key-" + "k" * 20


async def save(rig, secret):
    form = {"name": "hook", "url": rig.receiver.url(), "events": ["scan.*"], "secret": secret}
    await rig.service.webhooks.replace("hook", form, None, ADMIN)


async def headers(rig):
    await rig.emit()
    await rig.settled()
    return rig.receiver.received[-1].headers, rig.receiver.received[-1].body


async def test_a_new_secret_signs_at_once_and_the_old_one_beside_it_for_a_day(rig):
    await rig.webhook(secret=OLD)
    await save(rig, NEW)
    sent, body = await headers(rig)
    assert verify(body, sent["x-corgea-signature"], NEW) is None
    assert verify(body, sent["x-corgea-signature-previous"], OLD) is None
    await rig.restart()
    sent, body = await headers(rig)
    assert verify(body, sent["x-corgea-signature-previous"], OLD) is None
    later = rig.service.clock.now_ms() + DAY_MS
    await rig.service.writer.submit(ForgetOldSecrets(later))
    sent, _ = await headers(rig)
    assert "x-corgea-signature-previous" not in sent
    assert rig.service.registry.find("hook").webhook.previous_secret is None


async def test_the_old_secret_does_not_sign_a_moment_longer(rig, monkeypatch):
    await rig.webhook(secret=OLD)
    await save(rig, NEW)
    now = rig.service.clock.now_ms
    monkeypatch.setattr(rig.service.clock, "now_ms", lambda: now() + DAY_MS)
    sent, _ = await headers(rig)
    assert "x-corgea-signature-previous" not in sent


async def test_without_a_secret_nothing_signs(rig):
    await rig.webhook(secret=OLD)
    await save(rig, NEW)
    await save(rig, None)
    sent, _ = await headers(rig)
    assert not [name for name in sent if "signature" in name]


@pytest.mark.parametrize("ended", ["running", "stopped", "deleted"])
async def test_no_byte_on_disk_tells_a_secret(rig, ended):
    rig.receiver.answer = fail
    url = rig.receiver.url("/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX")
    await rig.webhook(
        url=url,
        secret=OLD,
        headers=[{"name": "Authorization", "value": TOKEN}],
        body_template='{"routing_key":"' + KEY + '","payload":{{payload}}}',
    )
    form = {
        "name": "hook",
        "url": url,
        "events": ["scan.*"],
        "secret": NEW,
        "headers": [{"name": "X-Plain", "value": TOKEN}],
        "body_template": '{"k":"' + KEY + '"}',
    }
    await rig.service.webhooks.replace("hook", form, None, ADMIN)
    await rig.emit()
    await rig.settled()
    await rig.service.webhooks.retry(rig.deliveries()[0].uid, ADMIN)
    await rig.settled()
    if ended == "deleted":
        await rig.service.webhooks.delete("hook", None, ADMIN)
    if ended != "running":
        await rig.restart()
    written = b"".join(
        path.read_bytes()
        for path in rig.paths.data.iterdir()
        if path.is_file() and path.name.startswith("corgea.db")
    )
    assert len(written) > 10_000
    for secret in (OLD, NEW, TOKEN, KEY, "XXXXXXXXXXXXXXXXXXXXXXXX"):
        assert secret.encode() not in written, secret
    with sqlite3.connect(rig.paths.database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
