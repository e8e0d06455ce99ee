"""The catalogue and its samples."""

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

import daemon.domain
from daemon.domain.events.catalogue import (
    BUILT_IN,
    ENGINES,
    EVENT_TYPES,
    SCAN_TYPES,
    STATUSES,
    URGENCIES,
    EventLimits,
    known_types,
)
from daemon.domain.events.documented_samples import data_of_test, documented_sample
from daemon.domain.events.event import parse_event
from daemon.domain.events.sampler import Sampler
from daemon.domain.events.timestamps import to_ms

PAYLOADS = sorted(Path(daemon.domain.__file__).with_name("events").joinpath("payloads").iterdir())
NOW = to_ms("2025-01-15T14:30:00.000Z")
SENT = sorted(BUILT_IN - {"webhook.test"})
SCAN_FIELDS = [
    "company", "scan_id", "run_id", "project", "branch", "engine", "scan_type", "issues_found",
    "processed_at", "created_at",
]  # fmt: skip
FIELDS = {
    "issue.status_changed": [
        "company", "issue_id", "classification", "urgency", "status", "previous_status",
        "file_path", "line_num", "project", "scan_id", "url",
    ],
    "issue.assigned": [
        "company", "issue_id", "classification", "urgency", "status", "assigned_to",
        "previously_assigned_to", "project", "url",
    ],
    "scan.started": SCAN_FIELDS,
    "scan.completed": SCAN_FIELDS,
    "scan.failed": [*SCAN_FIELDS, "failed_reason", "scan_errors"],
    "user.login": [
        "company", "user_id", "username", "email", "first_name", "last_name", "user_agent", "path",
    ],
    "user.login_failed": ["company", "username", "user_agent", "path"],
}  # fmt: skip


def test_the_seven_types_and_the_reserved_one():
    assert [entry.name for entry in EVENT_TYPES] == [
        "issue.status_changed", "issue.assigned", "scan.started", "scan.completed", "scan.failed",
        "user.login", "user.login_failed", "webhook.test",
    ]  # fmt: skip
    assert [entry.name for entry in EVENT_TYPES if entry.reserved] == ["webhook.test"]
    assert all(entry.description for entry in EVENT_TYPES)


def test_the_reserved_type_is_not_known_and_declared_ones_are():
    assert known_types() == set(SENT)
    assert known_types(["sla.violation"]) == {*SENT, "sla.violation"}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_documented_samples_are_the_documented_payloads(path):
    payload = json.loads(path.read_bytes())
    assert documented_sample(payload["event_type"]) == payload


@pytest.mark.parametrize("event_type", SENT)
def test_a_documented_sample_has_the_fields_of_its_type(event_type):
    sample = documented_sample(event_type)
    assert list(sample) == ["event_id", "event_type", "timestamp", "data"]
    assert list(sample["data"]) == FIELDS[event_type]
    raw = json.dumps(sample).encode()
    event = parse_event(raw, limits=EventLimits(), known_types=known_types())
    assert event.event_type == event_type
    assert event.timestamp == sample["timestamp"]


def test_the_test_event_has_a_sample_too():
    assert documented_sample("webhook.test")["data"] == data_of_test()


def test_a_sample_can_be_changed_without_changing_the_next():
    documented_sample("scan.failed")["data"]["project"]["name"] = "changed"
    assert documented_sample("scan.failed")["data"]["project"]["name"] == "Production API"
    with pytest.raises(KeyError):
        documented_sample("sla.violation")


@pytest.mark.parametrize("event_type", SENT)
def test_made_up_events_have_the_fields_and_words_of_their_type(event_type):
    sampler = Sampler(Random(1))
    for _ in range(200):
        data = sampler.data(event_type, NOW)
        assert list(data) == FIELDS[event_type]
        assert data.get("status", "open") in STATUSES
        assert data.get("urgency", "HI") in URGENCIES
        assert data.get("engine", "corgea-blast") in ENGINES
        assert data.get("scan_type") in {*SCAN_TYPES, None}
        raw = json.dumps({"event_type": event_type, "data": data}).encode()
        event = parse_event(raw, limits=EventLimits(), known_types=known_types())
        assert (event.project_id is None) == event_type.startswith("user.")


def test_the_same_seed_makes_the_same_events_and_another_makes_others():
    def events(seed):
        sampler = Sampler(Random(seed))
        return [sampler.data(sampler.next_type(), NOW) for _ in range(50)]

    assert events(1) == events(1)
    assert events(1) != events(2)


def test_scans_end_after_they_began_and_carry_the_same_facts():
    sampler = Sampler(Random(5))
    started = {}
    for step in range(300):
        event_type = sampler.next_type()
        data = sampler.data(event_type, NOW + step * 1000)
        if event_type == "scan.started":
            assert data["issues_found"] is data["processed_at"] is None
            started[data["scan_id"]] = data
        elif event_type in {"scan.completed", "scan.failed"}:
            assert to_ms(data["processed_at"]) >= to_ms(data["created_at"])
            before = started.get(data["scan_id"], data)
            assert all(
                data[key] == before[key] for key in ("run_id", "project", "branch", "engine")
            )
            assert (data["issues_found"] is None) == (event_type == "scan.failed")


def test_made_up_events_are_varied():
    sampler = Sampler(Random(9))
    types = Counter(sampler.next_type() for _ in range(500))
    assert set(types) == set(SENT)
    issues = [sampler.data("issue.status_changed", NOW) for _ in range(200)]
    assert len({issue["classification"] for issue in issues}) > 10
    assert len({issue["project"]["id"] for issue in issues}) == 8
    assert len({issue["issue_id"] for issue in issues}) == 200
    assert all(issue["status"] != issue["previous_status"] for issue in issues)
    assigned = [sampler.data("issue.assigned", NOW) for _ in range(200)]
    assert any(issue["assigned_to"] is None for issue in assigned)
    assert any(issue["previously_assigned_to"] is None for issue in assigned)
    assert {"email", "id", "name"} == set(next(filter(None, (i["assigned_to"] for i in assigned))))
