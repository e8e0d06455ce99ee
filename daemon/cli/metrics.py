"""`metrics`: what Prometheus reads, also as a file for the node exporter."""

import os
import sys
from importlib import resources
from pathlib import Path

import click

from daemon.cli.control import call
from daemon.cli.root import file_argument, verb
from daemon.protocol.paths import Paths


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
    """Write the file so that nobody ever reads half of it; the exporter must be able to read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
