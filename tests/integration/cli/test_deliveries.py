import csv
import io
import json

import pytest


@pytest.fixture
def failed(served, webhook):
    """A webhook whose two deliveries failed, and which would take them now."""
    responder = webhook("500x2,200x9", "scan.failed", retry={"schedule": []})
    served.tui("emit", "scan.failed", "--count", "2", "--wait")
    return responder


def ids(served, *words):
    return served.tui("deliveries", "list", "-q", *words).stdout.split()


def test_the_list_takes_filter_words(served, failed):
    name = f"webhook:{failed.name}"
    assert len(ids(served, "status:failed", name)) == 2
    assert ids(served, "status:succeeded", name) == []
    assert len(ids(served, "-status:succeeded", "-type:user.*", name)) == 2
    listed = json.loads(served.tui("deliveries", "list", name, "--json", "--limit", "1").stdout)
    assert [each["http_status"] for each in listed] == [500]


def test_one_delivery_with_its_attempts(served, failed):
    identity = ids(served, f"webhook:{failed.name}")[0]
    text = served.tui("deliveries", "show", identity).stdout
    assert "✖ failed" in text
    assert "500 Internal Server Error" in text
    assert "X-Corgea-Delivery: " + identity in text
    shown = json.loads(served.tui("deliveries", "show", identity, "--json").stdout)
    assert shown["attempts"][0]["http_status"] == 500
    assert served.tui("deliveries", "show", "nope").returncode == 1


def test_retrying_one(served, failed):
    first, second = ids(served, f"webhook:{failed.name}")
    ended = served.tui("deliveries", "retry", first)
    assert ended.returncode == 0, ended.stderr
    assert "attempt 2" in ended.stdout
    mixed = served.tui("deliveries", "retry", second, "nope")
    assert mixed.returncode == 1
    assert "nope" in mixed.stderr
    assert second in mixed.stdout


def test_a_retry_that_is_waited_for_says_how_it_ended(served, webhook):
    responder = webhook("500x3,200x9", "scan.failed", retry={"schedule": []})
    served.tui("emit", "scan.failed", "--count", "2", "--wait")
    first, second = ids(served, f"webhook:{responder.name}")
    failed = served.tui("deliveries", "retry", first, "--wait")
    assert failed.returncode == 1
    assert "✖ failed" in failed.stdout
    good = served.tui("deliveries", "retry", second, "--wait", "--json")
    assert good.returncode == 0, good.stderr
    delivery = json.loads(good.stdout)
    assert (delivery["id"], delivery["status"], delivery["attempt"]) == (second, "succeeded", 2)
    mixed = served.tui("deliveries", "retry", first, "nope", "--wait")
    assert mixed.returncode == 1
    assert "✔ succeeded" in mixed.stdout
    assert served.tui("deliveries", "retry", "nope", "--wait").returncode == 1


def test_a_retry_for_programs_names_what_it_retried(served, failed):
    identity = ids(served, f"webhook:{failed.name}")[0]
    answer = json.loads(served.tui("deliveries", "retry", identity, "--json").stdout)
    assert answer == {"id": identity, "attempt": 2}


def test_retrying_by_filter_says_how_many_and_asks(served, failed):
    wanted = f'webhook:"{failed.name}" status:failed'
    dry = served.tui("deliveries", "retry", "--filter", wanted, "--dry-run")
    assert dry.stdout == "2 deliveries would be retried\n"
    asked = served.tui("deliveries", "retry", "--filter", wanted)
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    done = served.tui("deliveries", "retry", "--filter", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 succeeded, 0 failed" in done.stdout
    none = served.tui("deliveries", "retry", "--filter", wanted, "--yes", "--json")
    assert (none.returncode, json.loads(none.stdout)) == (0, {"matched": 0})


def test_exports_are_whole(served, failed, tmp_path):
    name = f"webhook:{failed.name}"
    rows = list(csv.DictReader(io.StringIO(served.tui("deliveries", "export", name).stdout)))
    assert [row["status"] for row in rows] == ["failed", "failed"]
    lines = served.tui("deliveries", "export", name, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["failed", "failed"]
    target = tmp_path / "out.csv"
    assert served.tui("deliveries", "export", name, "-o", str(target)).returncode == 0
    assert len(list(csv.DictReader(target.read_text().splitlines()))) == 2
    assert list(tmp_path.iterdir()) == [target]


def test_an_export_that_cannot_be_written_fails(served, failed, tmp_path):
    ended = served.tui("deliveries", "export", "-o", str(tmp_path / "no" / "out.csv"))
    assert ended.returncode == 1
    assert "cannot write" in ended.stderr
    assert served.tui("deliveries", "export", "x:y", "-o", str(tmp_path / "o")).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_explaining_an_event(served, failed):
    event = json.loads(served.tui("events", "list", "type:scan.failed", "--json").stdout)[0]
    text = served.tui("events", "explain", event["event_id"])
    assert "✔ matched" in text.stdout
    assert "went to 1 of 1 webhook" in text.stderr
    shown = served.tui("events", "show", event["event_id"]).stdout
    assert '"event_type": "scan.failed"' in shown


def test_statistics_are_those_of_the_store(served, failed):
    one = json.loads(served.tui("stats", failed.name, "--json").stdout)
    assert (one["total"], one["failed"], one["success_rate"]) == (2, 2, 0.0)
    text = served.tui("stats").stdout
    assert "all webhooks" in text
    recent = served.tui("stats", failed.name, "--window", "1h").stdout
    assert "last 1h: 0 succeeded, 2 failed, 0 discarded; p50" in recent
    overall = json.loads(served.tui("stats", "--json", "--window", "1h").stdout)
    assert overall["series"]
    assert any(each["webhook_name"] == failed.name for each in overall["webhooks"])
