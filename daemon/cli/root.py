"""The verbs of `corgea-daemon`, and their common options, help and errors."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import click

from daemon.protocol.paths import Paths
from daemon.util.visible import MESSAGE_LIMIT, visible_line

PROGRAM = "corgea-daemon"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

VERBS = {
    "run": ("serve:run", "Run in the foreground until a signal or `stop`."),
    "status": ("running:status", "Print whether the daemon runs, and its state."),
    "stop": ("running:stop", "Stop the daemon after the attempts in flight."),
    "check": ("check:check", "Check settings and webhook files, or print an example."),
    "paths": ("serve:paths", "Print where files and sockets are."),
    "backup": ("store:backup", "Copy the database, also while the daemon runs."),
    "restore": ("store:restore", "Replace the database with a backup."),
    "migrate": ("store:migrate", "Migrate the database to this version's tables."),
    "rotate-key": ("store:rotate_key", "Encrypt the secrets with a new key."),
    "metrics": ("running:metrics", "Print Prometheus metrics, or write them to a file."),
    "unit": ("serve:unit", "Print the systemd units."),
}
"""Each verb with its module and function, and its line in the help."""

EXAMPLE = """\
corgea-daemon run
corgea-daemon status
sudo corgea-daemon unit --into /etc/systemd/system"""


# --- how a command fails (exit codes: interfaces.md) ---

FAILED = 1
NOT_PERMITTED = 4
UNREACHABLE = 69
INTERRUPTED = 130


class CommandProblem(click.ClickException):
    """A command that failed; the message says what happened and what to do."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on stderr."""
        print(
            f"corgea-daemon: {visible_line(self.message, MESSAGE_LIMIT)}", file=file or sys.stderr
        )


class DaemonUnreachable(CommandProblem):
    """No daemon answers on the control socket."""

    exit_code = UNREACHABLE


class NotPermitted(CommandProblem):
    """The daemon answers, and the caller's role does not allow the call."""

    exit_code = NOT_PERMITTED


# --- the verbs ---


class DaemonVerbs(click.Group):
    """A group that imports a verb when it is used, and suggests one for a mistyped name."""

    def __init__(self, *args: Any, verbs: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order of the help."""
        return list(self.verbs)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb."""
        if cmd_name not in self.verbs:
            return None
        module, _, attribute = self.verbs[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"daemon.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve the verb; an unknown name raises an error with a suggestion."""
        word = args[0]
        if word not in self.verbs and not word.startswith("-"):
            from daemon.domain.problems import closest

            suggestion = closest(word, self.verbs)
            there_are = f"there are {', '.join(self.verbs)}."
            hint = f"did you mean {suggestion}?" if suggestion else there_are
            raise click.UsageError(f"There is no command {word!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, as for a verb."""
        _write_examples(EXAMPLE, formatter)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with a line each, none of them imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in self.verbs.items()])


class DaemonVerb(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples as they are, not wrapped."""
        _write_examples(self.example, formatter)


def _write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    with formatter.section("Example"):
        for line in examples.splitlines():
            formatter.write(f"  {line}\n")


def _resolve_paths(_ctx: click.Context, _parameter: click.Parameter, system: bool) -> Paths:  # noqa: FBT001  # click's
    paths = Paths.resolve(system=system)
    if not _may_name_a_store(paths.settings):
        return paths
    from daemon.settings.read import located_by_file

    return located_by_file(paths, system=system)


def _may_name_a_store(settings: Path) -> bool:
    """Whether the file may have `[store] url`: reading settings takes half the start of a verb."""
    try:
        lines = settings.read_bytes().splitlines()
    except OSError:
        return False
    settings_lines = b"".join(line for line in lines if not line.startswith(b"#"))
    return b"url" in settings_lines or b"\\" in settings_lines  # an escape could spell the key


def verb(name: str, *, example: str) -> Callable[[Callable[..., Any]], DaemonVerb]:
    """Make a function a verb with the `paths` of a daemon: the user's, or the machine's."""

    def made(function: Callable[..., Any]) -> DaemonVerb:
        with_paths = click.option(
            "--system",
            "paths",
            is_flag=True,
            callback=_resolve_paths,
            help="Use the machine's daemon, not this user's.",
        )
        command = click.command(name, cls=DaemonVerb, example=example, context_settings=CONTEXT)
        return command(with_paths(function))

    return made


file_argument = click.Path(path_type=Path, dir_okay=False)
"""The path of a file on the command line."""
settings_argument = click.Path(path_type=Path, dir_okay=False, exists=True)
"""The path of a settings file. It must exist; the default file may be missing."""


@click.group(
    cls=DaemonVerbs,
    verbs=VERBS,
    context_settings=CONTEXT,
)
@click.version_option(package_name="corgea-tui", prog_name=PROGRAM)
def root() -> None:
    """The Corgea Webhooks daemon: accepts events, loses none, and delivers them to webhooks.

    Watch and operate it with corgea-tui.
    """
