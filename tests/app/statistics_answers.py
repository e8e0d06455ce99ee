"""What `/v1/statistics` answers for a made-up history of three webhooks."""

from datetime import UTC, datetime, timedelta

from tests.app.fake_daemon import NOW, statistics

STEPS = {"15m": (15, 1), "1h": (60, 1), "24h": (96, 15), "7d": (168, 60)}
NAMES = {"w1": "Slack #security", "w2": "Jira tickets", "w3": "idle"}


def series(window, succeeded=4, failed=0, ms=80):
    steps, minutes = STEPS[window]
    last = datetime.fromtimestamp(NOW.timestamp() // (60 * minutes) * 60 * minutes, UTC)
    return [
        point(last - timedelta(minutes=minutes * back), succeeded, failed, ms)
        for back in reversed(range(steps))
    ]


def point(at, succeeded, failed, ms):
    attempts = succeeded + 3 * failed
    return {
        "at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "succeeded": succeeded,
        "failed": failed,
        "discarded": 0,
        "attempts": attempts,
        "p50_ms": ms if attempts else None,
        "p95_ms": 3 * ms if attempts else None,
        "p99_ms": 10 * ms if attempts else None,
        "http": {"2xx": succeeded, "3xx": 0, "4xx": 0, "5xx": 3 * failed, "none": 0},
    }


def whole(points):
    first = dict(points[0])
    for key in ("succeeded", "failed", "discarded", "attempts"):
        first[key] = sum(each[key] for each in points)
    first["http"] = {key: sum(each["http"][key] for each in points) for key in first["http"]}
    return first


def of_one(key, window, **more):
    figures = {"w1": (4, 0, 80), "w2": (0, 1, 900), "w3": (0, 0, 0)}[key]
    points = series(window, *figures)
    own = {"webhook_id": key, "webhook_name": NAMES[key], "series": points, "span": whole(points)}
    return {**statistics(), **own, **more}


def of_all(window):
    points = series(window, 4, 1)
    webhooks = [of_one(key, window, series=None) for key in NAMES]
    own = {"webhooks": webhooks, "series": points, "span": whole(points), "window": window}
    return {**statistics(), **own}


def answer(daemon):
    """Let a fake daemon answer for them."""
    daemon.answers["GET", "/v1/statistics"] = lambda query: of_all(query["window"])
    for key in NAMES:
        daemon.answers["GET", f"/v1/webhooks/{key}/statistics"] = lambda query, key=key: of_one(
            key, query["window"]
        )
