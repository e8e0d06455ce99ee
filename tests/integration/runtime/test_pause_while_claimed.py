"""A pause finds deliveries that are claimed and not on the wire: they must not wait for ever."""


async def test_what_was_claimed_when_the_webhook_paused_is_discarded(rig):
    async def fail(_):
        return 500

    rig.receiver.answer = fail
    await rig.webhook(retry={"schedule": [], "concurrency": 1})
    for _ in range(40):
        await rig.emit()
    await rig.settled()
    ended = [record.status.value for record in rig.deliveries()]
    assert set(ended) == {"failed", "discarded"}
