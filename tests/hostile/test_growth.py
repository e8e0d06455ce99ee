"""What an event costs on disk and on the wire is bounded by its size, not by what it says."""

import json
import sqlite3
from contextlib import closing

import pytest

from daemon.domain.events.catalogue import LONGEST_PROJECT

WEBHOOKS = 40
LONG = "p" * 200_000


def pages(rig) -> int:
    """Bytes of the database as it is now, with what is still in its log."""
    with closing(sqlite3.connect(rig.paths.database)) as db:
        count, size = (
            db.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size")
        )
    return count * size


@pytest.mark.parametrize(
    "project",
    [{"id": LONG, "name": "n"}, {"id": "p", "name": LONG}, {"id": int("9" * 4000)}, {"id": [LONG]}],
    ids=["id", "name", "number", "list"],
)
async def test_no_name_of_a_project_is_copied_for_each_delivery(rig, project):
    for number in range(WEBHOOKS):
        await rig.webhook(f"hook{number}", retry={"schedule": []})
    before = pages(rig)
    event = await rig.emit({"project": project, "company": "acme"})
    await rig.settled()
    assert len(event["deliveries"]) == WEBHOOKS
    assert pages(rig) - before < 2 * len(LONG) + 500_000
    answer = await rig.get("/v1/deliveries", limit=500)
    assert len(answer.body) < 100_000
    kept = await rig.get(f"/v1/events/{event['event_id']}")
    assert kept.json["payload"]["data"]["project"] == project


@pytest.mark.parametrize("length", [LONGEST_PROJECT, LONGEST_PROJECT + 1])
async def test_the_longest_id_that_a_filter_takes_is_the_longest_that_counts(rig, length):
    await rig.webhook(projects=["p" * LONGEST_PROJECT], retry={"schedule": []})
    event = await rig.emit({"project": {"id": "p" * length}})
    assert bool(event["deliveries"]) == (length == LONGEST_PROJECT)
    refused = await rig.call(
        "POST",
        "/v1/webhooks",
        {"name": "x", "url": rig.receiver.url(), "events": ["scan.*"], "projects": ["p" * 501]},
    )
    assert refused.status == 422
    assert "projects.0" in json.dumps(refused.json)
