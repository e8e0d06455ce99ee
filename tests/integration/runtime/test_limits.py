"""A webhook's own schedule, timeout, concurrency and rate; settings that change (rules.md §3)."""

import asyncio
import time
from dataclasses import replace

from standardwebhooks import Webhook

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from tests.harness.receiver import always, fail
from tests.harness.rig import counts


async def test_a_rate_spaces_the_starts_and_holds_up_no_other_webhook(rig):
    starts = {"/slow": [], "/fast": []}

    async def note(request):
        starts[request.path].append(time.monotonic())
        return 200

    rig.receiver.answer = note
    await rig.webhook("slow", url=rig.receiver.url("/slow"), retry={"rate": 20})
    await rig.webhook("fast", url=rig.receiver.url("/fast"))
    for _ in range(6):
        await rig.emit()
    await rig.settled()
    gaps = [b - a for a, b in zip(starts["/slow"], starts["/slow"][1:], strict=False)]
    assert len(gaps) == 5
    assert sum(gaps) > 5 / 20 * 0.5  # the first may have come late
    assert starts["/fast"][-1] < starts["/slow"][-1]


class Counting:
    """Accepts each request after a while; knows how many it had at once."""

    def __init__(self):
        self.in_flight = self.most = 0

    async def __call__(self, _):
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(0.02)
        self.in_flight -= 1
        return 200


async def test_one_at_a_time_is_one_at_a_time(rig):
    rig.receiver.answer = counting = Counting()
    await rig.webhook(retry={"concurrency": 1})
    await asyncio.gather(*(rig.emit() for _ in range(10)))
    await rig.settled()
    assert counting.most == 1


async def test_its_own_schedule_and_timeout_go_before_the_settings(rig):
    async def hang(_):
        await asyncio.sleep(30)

    rig.receiver.answer = hang
    entry = await rig.webhook(retry={"schedule": [0.05, 0.05, 0.05], "timeout": 0.2})
    await rig.emit()
    await rig.settled()
    (record,) = rig.deliveries()
    assert (record.status, record.attempt, record.max_attempts) == (DeliveryStatus.FAILED, 4, 4)
    assert record.error.kind == "timeout"
    assert record.duration_ms < 1000
    assert entry.consecutive_failures == 1


async def test_standard_webhooks_headers_verify_with_the_projects_own_package(rig):
    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    entry = await rig.webhook(secret=secret, standard_webhooks=True)
    answer = await rig.emit(data={"a": 1})
    await rig.settled()
    (request,) = rig.receiver.received
    assert Webhook(secret).verify(request.body, request.headers)["data"] == {"a": 1}
    assert request.headers["webhook-id"] == answer.event_id
    assert "x-corgea-signature" in request.headers
    assert counts(entry)["successful"] == 1


async def test_a_retry_after_is_waited_for_and_shown(rig):
    rig.receiver.answer = always(429)
    rig.receiver.headers = b"Retry-After: 7\r\n"
    await rig.webhook()
    uid = (await rig.emit()).deliveries[0].id
    await rig.until(lambda: rig.delivery(uid).attempt == 1)
    record = rig.delivery(uid)
    wait = record.next_attempt_at - record.created_at
    assert 7_000 <= wait < 9_000


async def test_a_new_schedule_counts_from_the_next_failure_on(rig):
    rig.receiver.answer = fail
    await rig.webhook()
    delivery = replace(rig.settings.delivery, schedule=())
    rig.service.apply(replace(rig.settings, delivery=delivery))
    await rig.emit()
    await rig.settled()
    (record,) = rig.deliveries()
    assert (record.status, record.attempt, record.max_attempts) == (DeliveryStatus.FAILED, 1, 1)


async def test_a_broken_certificate_file_leaves_the_network_as_it_was(rig, tmp_path, caplog):
    await rig.webhook()
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    rig.service.apply(replace(rig.settings, network=replace(rig.settings.network, ca_file=broken)))
    assert "stays as it was" in caplog.text
    await rig.emit()
    await rig.settled()
    assert rig.deliveries()[0].status is DeliveryStatus.SUCCEEDED


async def test_a_lower_concurrency_holds_at_once(rig):
    rig.receiver.answer = counting = Counting()
    await rig.webhook()
    rig.service.apply(
        replace(rig.settings, delivery=replace(rig.settings.delivery, per_webhook_concurrency=2))
    )
    await asyncio.gather(*(rig.emit() for _ in range(20)))
    await rig.settled()
    assert counting.most == 2
    assert rig.service.claim_slots.taken == 0
