"""`paths`: where everything is."""

import json

import click

from daemon.cli.root import verb
from daemon.protocol.paths import Paths

NAMES = (
    "settings",
    "tui_settings",
    "webhooks",
    "data",
    "database",
    "key",
    "lock",
    "run",
    "control",
    "inbox",
    "log",
)


@verb("paths", example="corgea-daemon paths\ncorgea-daemon paths inbox")
@click.argument("name", required=False, type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def paths_verb(*, paths: Paths, name: str | None, as_json: bool) -> None:
    """Print where files and sockets are, or only the one called NAME."""
    shown = {each: getattr(paths, each) for each in NAMES}
    if name is not None:
        print("" if shown[name] is None else shown[name])
    elif as_json:
        print(json.dumps({each: path and str(path) for each, path in shown.items()}))
    else:
        for each, path in shown.items():
            print(f"{each:<14}{'the journal' if path is None else path}")
    paths.check_sockets()
