"""What the app's Statistics and Daemon screens need beside the series and the settings."""

import pytest


async def history(rig):
    good = await rig.webhook("good")
    await rig.webhook("bad", url=rig.receiver.url("/bad"))

    async def answer(request):
        return 500 if request.path == "/bad" else 200

    rig.receiver.answer = answer
    for _ in range(2):
        await rig.emit()
    await rig.settled()
    return good


@pytest.mark.parametrize("window", ["15m", "1h", "24h", "7d"])
@pytest.mark.parametrize("each", ["true", "false"])
async def test_a_window_as_one_step(rig, window, each):
    await history(rig)
    overall = (await rig.get("/v1/statistics", window=window, each=each)).json
    span = overall["span"]
    assert (span["succeeded"], span["failed"], span["attempts"]) == (2, 2, 8)
    assert span["http"] == {"2xx": 2, "3xx": 0, "4xx": 0, "5xx": 6, "none": 0}
    assert span["at"] == overall["series"][0]["at"]
    by_name = {one["webhook_name"]: one["span"] for one in overall["webhooks"]}
    assert (by_name["good"]["succeeded"], by_name["good"]["failed"]) == (2, 0)
    assert (by_name["bad"]["succeeded"], by_name["bad"]["failed"]) == (0, 2)
    assert by_name["bad"]["p50_ms"] is not None
    alone = (await rig.get("/v1/webhooks/bad/statistics", window=window)).json
    assert alone["span"] == by_name["bad"]


async def test_a_webhook_nothing_was_sent_to_has_an_empty_span(rig):
    await rig.webhook("idle")
    (idle,) = (await rig.get("/v1/statistics", window="1h")).json["webhooks"]
    assert idle["span"]["attempts"] == 0
    assert idle["span"]["p50_ms"] is None


async def test_without_a_window_there_is_no_span(rig):
    await history(rig)
    overall = (await rig.get("/v1/statistics")).json
    assert overall["span"] is None
    assert overall["webhooks"][0]["span"] is None


async def test_settings_that_are_not_at_their_default_are_named_with_it(rig):
    about = (await rig.get("/v1/daemon")).json
    assert about["settings"]["delivery"]["timeout"] == 2
    assert about["settings_changed"] == {
        "delivery.schedule": [2.0, 4.0],
        "delivery.timeout": 10.0,
        "delivery.drain": 15.0,
        "network.ca_file": None,
    }
