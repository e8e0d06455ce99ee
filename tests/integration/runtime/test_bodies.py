"""Bodies of deliveries: what each attempt sent, and bodies that could not be made."""

from daemon.store.queries import deliveries
from tests.harness.receiver import fail
from tests.harness.rig import ADMIN


async def save(rig, template):
    form = {"name": "hook", "url": rig.receiver.url(), "events": ["scan.*"]}
    if template is not None:
        form["body_template"] = template
    await rig.service.webhooks.replace("hook", form, None, ADMIN)


async def retried(rig, uid):
    await rig.service.webhooks.retry(uid, ADMIN)
    await rig.settled()


async def test_history_shows_what_each_attempt_sent_though_retries_made_the_body_anew(rig):
    rig.receiver.answer = fail
    await rig.webhook(retry={"schedule": []})
    uid = (await rig.emit(data={"a": 1})).deliveries[0].id
    await rig.settled()
    for template in ('{"one":{{time}}}', '{"two":"{{event_type}}"}', "{broken", None):
        await save(rig, template)
        await retried(rig, uid)
    sent = [request.body for request in rig.receiver.received]
    cipher = rig.service.cipher
    file = await rig.service.readers.run(lambda db: deliveries.whole(db, uid, cipher))
    shown = [
        file.payload if (own := file.own_body_of(number)) is None else own
        for number in (1, 2, 3, 5)
    ]
    assert shown == sent
    assert sent[1].startswith(b'{"one":')
    assert sent[2] == b'{"two":"scan.completed"}'
    assert [attempt.error.kind for attempt in file.attempts][3] == "template"


async def test_a_body_that_could_not_be_made_is_mended_by_its_template(rig):
    await rig.webhook(body_template='{"n":{{data.n}}')
    uid = (await rig.emit(data={"n": 7})).deliveries[0].id
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.attempt, record.error.kind) == ("failed", 1, "template")
    assert rig.receiver.received == []
    await save(rig, '{"n":{{data.n}}}')
    await retried(rig, uid)
    assert [request.body for request in rig.receiver.received] == [b'{"n":7}']
    assert rig.delivery(uid).status == "succeeded"
