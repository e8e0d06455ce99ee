"""`unit`: the systemd units of the machine's daemon."""

import shlex
import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from daemon.cli.root import CONTEXT, DaemonVerb

FILES = ("corgea-daemon.service", "corgea-control.socket", "corgea-inbox.socket")
_HOMES = ("/home/", "/root/", "/run/user/")


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
    """Print the hardened systemd service and its two sockets; how to use them stands in them."""
    units = made(program())
    for name, text in units.items():
        if into is None:
            print(f"# /etc/systemd/system/{name}\n{text}")
        else:
            (into / name).write_text(text)
            print(into / name, file=sys.stderr)


def made(command: str) -> dict[str, str]:
    """The units by file name; `command` is how the service starts this program."""
    home = "read-only" if command.startswith(_HOMES) else "yes"
    folder = resources.files("daemon.runtime") / "units"
    return {
        name: (folder / name).read_text().replace("@PROGRAM@", command).replace("@HOME@", home)
        for name in FILES
    }


def program() -> str:
    """How systemd can start this program: by its script if there is one, else by its Python."""
    script = Path(sys.argv[0])
    if script.name != "corgea-daemon":
        found = shutil.which("corgea-daemon", path=str(Path(sys.executable).parent))
        script = Path(found) if found else script
    if script.name == "corgea-daemon" and script.exists():
        return shlex.quote(str(script.absolute()))
    return f"{shlex.quote(sys.executable)} -m daemon"
