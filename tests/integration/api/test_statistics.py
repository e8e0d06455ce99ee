"""Statistics: lifetime numbers, series and whole windows for the app's plots."""

import pytest


async def test_statistics_agree_with_the_history(rig, history):
    good, _, _ = history
    overall = (await rig.get("/v1/statistics")).json
    assert (overall["total"], overall["successful"], overall["failed"]) == (3, 2, 1)
    assert overall["success_rate"] == 66.7
    assert overall["attempts"] == 5
    assert {one["webhook_name"] for one in overall["webhooks"]} == {"good", "bad"}
    assert overall["series"] is None
    own = (await rig.get(f"/v1/webhooks/{good['id']}/statistics")).json
    assert (own["successful"], own["success_rate"], own["consecutive_failures"]) == (2, 100.0, 0)
    assert own["p50_ms"] is not None
    by_name = (await rig.get("/v1/webhooks/good/statistics")).json
    assert by_name["webhook_id"] == good["id"]


@pytest.mark.parametrize(("window", "steps"), [("15m", 15), ("1h", 60), ("24h", 96), ("7d", 168)])
async def test_series_for_the_plots(rig, history, window, steps):
    overall = (await rig.get("/v1/statistics", window=window, each="true")).json
    assert len(overall["series"]) == steps
    assert overall["window"] == window
    assert sum(point["succeeded"] for point in overall["series"]) == 2
    assert sum(point["failed"] for point in overall["series"]) == 1
    assert sum(point["http"]["5xx"] for point in overall["series"]) == 3
    each = {one["webhook_name"]: one["series"] for one in overall["webhooks"]}
    assert sum(point["failed"] for point in each["bad"]) == 1
    assert len(each["good"]) == steps
    alone = (await rig.get("/v1/webhooks/bad/statistics", window=window)).json
    assert alone["series"] == each["bad"]


async def test_a_window_that_is_not_there(rig):
    assert (await rig.get("/v1/statistics", window="2h")).problems.keys() == {"window"}
    assert (await rig.get("/v1/statistics", window="1h", each="yes")).problems.keys() == {"each"}


@pytest.mark.parametrize("window", ["15m", "1h", "24h", "7d"])
@pytest.mark.parametrize("each", ["true", "false"])
async def test_a_window_as_one_step(rig, history, window, each):
    overall = (await rig.get("/v1/statistics", window=window, each=each)).json
    span = overall["span"]
    assert (span["succeeded"], span["failed"], span["attempts"]) == (2, 1, 5)
    assert span["http"] == {"2xx": 2, "3xx": 0, "4xx": 0, "5xx": 3, "none": 0}
    assert span["at"] == overall["series"][0]["at"]
    by_name = {one["webhook_name"]: one["span"] for one in overall["webhooks"]}
    assert (by_name["good"]["succeeded"], by_name["good"]["failed"]) == (2, 0)
    assert (by_name["bad"]["succeeded"], by_name["bad"]["failed"]) == (0, 1)
    assert by_name["bad"]["p50_ms"] is not None
    alone = (await rig.get("/v1/webhooks/bad/statistics", window=window)).json
    assert alone["span"] == by_name["bad"]


async def test_a_webhook_nothing_was_sent_to_has_an_empty_span(rig):
    await rig.webhook("idle")
    (idle,) = (await rig.get("/v1/statistics", window="1h")).json["webhooks"]
    assert idle["span"]["attempts"] == 0
    assert idle["span"]["p50_ms"] is None


async def test_without_a_window_there_is_no_span(rig, history):
    overall = (await rig.get("/v1/statistics")).json
    assert overall["span"] is None
    assert overall["webhooks"][0]["span"] is None
