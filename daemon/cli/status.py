"""`status`: whether the daemon runs, and how it is doing."""

import json
from datetime import timedelta
from typing import Any

import click

from daemon.cli.control import call
from daemon.cli.root import verb
from daemon.protocol.paths import Paths
from daemon.util.visible import visible_line


@verb("status", example="corgea-daemon status\ncorgea-daemon status --json")
@click.option("--json", "as_json", is_flag=True, help="The daemon's own answer, as one line.")
def status(*, paths: Paths, as_json: bool) -> None:
    """Say whether the daemon runs and how it is doing; exit 69 when none does."""
    about = json.loads(call(paths, "GET", "/v1/daemon"))
    if as_json:
        print(json.dumps(about, ensure_ascii=False))
        return
    for name, value in lines(about):
        print(f"{name:<10}{visible_line(value)}")


def lines(about: dict[str, Any]) -> list[tuple[str, str]]:
    """What is told, as labels and values."""
    queues, store = about["queues"], about["store"]
    uptime = timedelta(seconds=about["uptime_ms"] // 1000)
    told = [
        ("running", f"version {about['version']}, process {about['pid']}, for {uptime}"),
        ("you", f"{about['login']}, {about['role']}"),
        ("home", about["home"]),
        ("store", f"{about_store(store)}, SQLite {store['sqlite_version']}"),
        ("queues", f"{queues['waiting']:,} waiting, {queues['in_flight']:,} on the wire"),
        ("rates", about_rates(queues)),
        (
            "webhooks",
            f"{queues['failing_webhooks']} failing, {queues['paused_webhooks']} paused",
        ),
    ]
    if store["problem"]:
        told.append(("problem", store["problem"]))
    return [*told, *(("settings", each) for each in about_settings(about["settings_errors"]))]


def about_settings(errors: list[dict[str, Any]]) -> list[str]:
    """What is wrong with settings and webhook files, a line each."""
    if not errors:
        return []
    from daemon.protocol import SettingProblem
    from daemon.settings.read import problem_line

    return [problem_line(SettingProblem(**each)) for each in errors]


def about_rates(queues: dict[str, Any]) -> str:
    """How much is going on."""
    events, deliveries = queues["events_per_second"], queues["deliveries_per_second"]
    return f"{events:.1f} events/s, {deliveries:.1f} deliveries/s"


def about_store(store: dict[str, Any]) -> str:
    """How much is kept, e.g. `12.3 MiB, 40 events, 41 deliveries`."""
    size = f"{store['bytes'] / 2**20:,.1f} MiB"
    return f"{size}, {store['events']:,} events, {store['deliveries']:,} deliveries"
