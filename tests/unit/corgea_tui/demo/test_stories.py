import itertools
from datetime import UTC, datetime
from random import Random

import pytest

from corgea_tui.client.api_call import encode
from corgea_tui.demo.stories import timeline
from daemon.domain.events.catalogue import ENGINES, STATUSES, URGENCIES, known_types
from daemon.domain.events.event import EventLimits, parse_event

NOW = datetime(2025, 1, 15, 14, 30, tzinfo=UTC)


def steps(seed, count=300):
    return list(itertools.islice(timeline(Random(seed), lambda: NOW), count))


@pytest.mark.parametrize("seed", range(5))
def test_time_goes_forward_at_a_readable_pace(seed):
    times = [at for at, _ in steps(seed)]
    assert times == sorted(times)
    assert 1 <= len([at for at in times if at < 60]) / 60 <= 4


@pytest.mark.parametrize("seed", range(5))
def test_every_type_occurs_within_the_first_seconds(seed):
    early = {event["event_type"] for at, event in steps(seed) if at < 6}
    assert early == known_types()


def test_the_same_seed_tells_the_same_stories():
    assert steps(7) == steps(7)
    assert steps(7) != steps(8)


def test_events_are_as_the_specification_has_them():
    for _, event in steps(1):
        data = event["data"]
        assert data["company"]
        if "urgency" in data:
            assert data["urgency"] in URGENCIES
        if "status" in data:
            assert data["status"] in STATUSES
        if "engine" in data:
            assert data["engine"] in ENGINES
        parse_event(encode(event), limits=EventLimits(), known_types=known_types())


def test_a_scan_that_ends_has_begun():
    begun = set()
    for _, event in steps(2):
        scan = event["data"].get("scan_id")
        if event["event_type"] == "scan.started":
            begun.add(scan)
        if event["event_type"] in {"scan.completed", "scan.failed"}:
            assert scan in begun
