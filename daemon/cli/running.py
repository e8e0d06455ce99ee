"""Verbs that call the running daemon: `status`, `stop` and `metrics`."""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from daemon.cli.control import call
from daemon.cli.root import CommandProblem, file_argument, verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import holder
from daemon.util.visible import visible_line

_POLL_SECONDS = 0.05


@verb("status", example="corgea-daemon status\ncorgea-daemon status --json")
@click.option("--json", "as_json", is_flag=True, help="Print the daemon's own answer as one line.")
def status(*, paths: Paths, as_json: bool) -> None:
    """Print whether the daemon runs and its state; exit 69 when none runs."""
    info = json.loads(call(paths, "GET", "/v1/daemon"))
    if as_json:
        print(json.dumps(info, ensure_ascii=False))
        return
    for name, value in _status_lines(info):
        print(f"{name:<10}{visible_line(value)}")


def _status_lines(info: dict[str, Any]) -> list[tuple[str, str]]:
    """Labels and values of the daemon's answer."""
    queues, store = info["queues"], info["store"]
    uptime = timedelta(seconds=info["uptime_ms"] // 1000)
    size = f"{store['bytes'] / 2**20:,.1f} MiB"
    stored = f"{store['events']:,} events, {store['deliveries']:,} deliveries"
    events, deliveries = queues["events_per_second"], queues["deliveries_per_second"]
    lines = [
        ("running", f"version {info['version']}, process {info['pid']}, for {uptime}"),
        ("you", f"{info['login']}, {info['role']}"),
        ("home", info["home"]),
        ("store", f"{size}, {stored}, SQLite {store['sqlite_version']}"),
        ("queues", f"{queues['waiting']:,} waiting, {queues['in_flight']:,} in flight"),
        ("rates", f"{events:.1f} events/s, {deliveries:.1f} deliveries/s"),
        (
            "webhooks",
            f"{queues['failing_webhooks']} failing, {queues['paused_webhooks']} paused",
        ),
    ]
    if store["problem"]:
        lines.append(("problem", store["problem"]))
    return [*lines, *(("settings", each) for each in _problem_lines(info["settings_errors"]))]


def _problem_lines(errors: list[dict[str, Any]]) -> list[str]:
    """The errors in settings and webhook files, a line each."""
    if not errors:
        return []
    from daemon.protocol import SettingProblem
    from daemon.settings.read import problem_line

    return [problem_line(SettingProblem(**each)) for each in errors]


@verb("stop", example="corgea-daemon stop\ncorgea-daemon stop --within 5")
@click.option(
    "--within",
    default=120.0,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait for its end.  [default: 120]",
)
def stop(*, paths: Paths, within: float) -> None:
    """Stop the daemon after the attempts in flight; return when it has ended."""
    pid = holder(paths.lock)
    call(paths, "POST", "/v1/daemon/stop")
    deadline = time.monotonic() + within
    while pid is not None and holder(paths.lock) == pid:
        if time.monotonic() > deadline:
            raise CommandProblem(
                f"process {pid} is still finishing after {within:g} s; it stops by itself;"
                " check it with `corgea-daemon status`"
            )
        time.sleep(_POLL_SECONDS)
    print("corgea-daemon has stopped", file=sys.stderr)


@verb(
    "metrics",
    example="corgea-daemon metrics\n"
    "corgea-daemon metrics --textfile /var/lib/node_exporter/textfile/corgea.prom\n"
    "corgea-daemon metrics --alerts > /etc/prometheus/rules/corgea-alerts.yml",
)
@click.option("--textfile", type=file_argument, help="Write to this file, in one step.")
@click.option("--alerts", is_flag=True, help="Print alert rules for Prometheus instead.")
def metrics(*, paths: Paths, textfile: Path | None, alerts: bool) -> None:
    """Print the daemon's metrics in Prometheus' text format."""
    if alerts:
        from importlib import resources

        rules = resources.files("daemon.runtime") / "units" / "corgea-alerts.yml"
        print(rules.read_text(), end="")
        return
    text = call(paths, "GET", "/metrics")
    if textfile is None:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        _replace(textfile, text)


def _replace(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that the exporter never reads a part of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
