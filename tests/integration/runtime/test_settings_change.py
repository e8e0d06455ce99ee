import asyncio
from dataclasses import replace

from daemon.domain.deliveries.lifecycle import DeliveryStatus


async def test_a_new_schedule_counts_from_the_next_failure_on(rig):
    async def fail(_):
        return 500

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


async def test_fewer_places_on_the_wire_are_kept_to(rig):
    most = flying = 0

    async def slow(_):
        nonlocal most, flying
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.02)
        flying -= 1
        return 200

    rig.receiver.answer = slow
    await rig.webhook()
    rig.service.apply(
        replace(rig.settings, delivery=replace(rig.settings.delivery, per_webhook_concurrency=2))
    )
    await asyncio.gather(*(rig.emit() for _ in range(20)))
    await rig.settled()
    assert most == 2
    assert rig.service.claim_slots.taken == 0
