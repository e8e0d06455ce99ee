"""Verbs that start a daemon or print its setup: `run`, `paths` and `unit`."""

import json
import sys
from pathlib import Path

import click

from daemon.cli.root import CONTEXT, DaemonVerb, settings_argument, verb
from daemon.protocol.paths import Paths

PATHS = (
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

UNITS = ("corgea-daemon.service", "corgea-control.socket", "corgea-inbox.socket")
_HOMES = ("/home/", "/root/", "/run/user/")


@click.command(
    "run",
    cls=DaemonVerb,
    context_settings=CONTEXT,
    example="corgea-daemon run\ncorgea-daemon run --settings ./daemon.toml\n"
    "corgea-daemon run --system",
)
@click.option("--system", is_flag=True, help="Serve the machine: /etc/corgea, /var/lib/corgea.")
@click.option("--settings", type=settings_argument, help="Read this file instead of daemon.toml.")
@click.pass_context
def run(ctx: click.Context, *, system: bool, settings: Path | None) -> None:
    """Run in the foreground and log to stderr.

    On SIGTERM and SIGINT it finishes the attempts in flight and stops. On SIGHUP it reads settings
    and webhook files again.
    """
    from daemon.runtime.serve import serve

    path = settings.absolute() if settings else None
    ctx.exit(serve(Paths.resolve(system=system), path, system=system))


@verb("paths", example="corgea-daemon paths\ncorgea-daemon paths inbox")
@click.argument("name", required=False, type=click.Choice(PATHS))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def paths(*, paths: Paths, name: str | None, as_json: bool) -> None:
    """Print where files and sockets are, or only the path of one of them."""
    found = {each: getattr(paths, each) for each in PATHS}
    if name is not None:
        print("" if found[name] is None else found[name])
    elif as_json:
        print(json.dumps({each: path and str(path) for each, path in found.items()}))
    else:
        for each, path in found.items():
            print(f"{each:<14}{'the journal' if path is None else path}")
    paths.check_sockets()


@click.command(
    "unit",
    cls=DaemonVerb,
    context_settings=CONTEXT,
    example="corgea-daemon unit\nsudo corgea-daemon unit --into /etc/systemd/system",
)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="Write them to this folder."
)
def unit(*, into: Path | None) -> None:
    """Print the hardened systemd service and its two sockets; comments say how to use them."""
    for name, text in unit_files(_program()).items():
        if into is None:
            print(f"# /etc/systemd/system/{name}\n{text}")
        else:
            (into / name).write_text(text)
            print(into / name, file=sys.stderr)


def unit_files(command: str) -> dict[str, str]:
    """The units by file name; `command` starts this program."""
    from importlib import resources

    home = "read-only" if command.startswith(_HOMES) else "yes"
    folder = resources.files("daemon.runtime") / "units"
    return {
        name: (folder / name).read_text().replace("@PROGRAM@", command).replace("@HOME@", home)
        for name in UNITS
    }


def _program() -> str:
    """The command that starts this program: its script if it exists, else its Python."""
    import shlex
    import shutil

    script = Path(sys.argv[0])
    if script.name != "corgea-daemon":
        found = shutil.which("corgea-daemon", path=str(Path(sys.executable).parent))
        script = Path(found) if found else script
    if script.name == "corgea-daemon" and script.exists():
        return shlex.quote(str(script.absolute()))
    return f"{shlex.quote(sys.executable)} -m daemon"
