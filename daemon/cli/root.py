"""The list of verbs, and what they have in common."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from daemon.protocol.paths import Paths

PROGRAM = "corgea-daemon"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

VERBS = {
    "run": ("serve:serve_verb", "Run in the foreground until told to stop."),
    "status": ("status:status", "Whether the daemon runs, and how it is doing."),
    "stop": ("stop:stop", "Finish what is on the wire, then stop."),
    "check": ("check:check", "Check settings and webhook files, or print an example."),
    "paths": ("paths:paths_verb", "Where everything is."),
    "backup": ("backup:backup", "Copy the database, also while the daemon runs."),
    "restore": ("restore:restore", "Put a backup in the database's place."),
    "migrate": ("migrate:migrate_verb", "Bring the database to this version's tables."),
    "rotate-key": ("rotate_key:rotate_key", "Encrypt what is secret with a new key."),
    "metrics": ("metrics:metrics", "Print Prometheus metrics, or keep them in a file."),
    "unit": ("unit:unit", "Print the systemd units."),
}

EXAMPLE = """\
corgea-daemon run
corgea-daemon status
sudo corgea-daemon unit --into /etc/systemd/system"""


class DaemonVerbs(click.Group):
    """A group whose commands are imported when they are used, and which guesses at mistypings."""

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
        """As click does, with a guess at what was meant."""
        word = args[0]
        if word not in self.verbs and not word.startswith("-"):
            from daemon.domain.problems import closest

            guess = closest(word, self.verbs)
            hint = f"did you mean {guess}?" if guess else f"there are {', '.join(self.verbs)}."
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


def _places(_ctx: click.Context, _parameter: click.Parameter, system: bool) -> Paths:  # noqa: FBT001  # click's
    paths = Paths.resolve(system=system)
    if not _may_name_a_store(paths.settings):
        return paths
    from daemon.settings.located import located_by_file

    return located_by_file(paths, system=system)


def _may_name_a_store(settings: Path) -> bool:
    """Whether the file could hold `[store] url`: reading settings costs a verb half its start."""
    try:
        lines = settings.read_bytes().splitlines()
    except OSError:
        return False
    told = b"".join(line for line in lines if not line.startswith(b"#"))
    return b"url" in told or b"\\" in told  # an escape could spell the key


def verb(name: str, *, example: str) -> Callable[[Callable[..., Any]], DaemonVerb]:
    """Make a function a verb that is given the daemon's `paths`; `--system` chooses whose."""

    def made(function: Callable[..., Any]) -> DaemonVerb:
        with_paths = click.option(
            "--system",
            "paths",
            is_flag=True,
            callback=_places,
            help="The machine's daemon, not this user's.",
        )
        command = click.command(name, cls=DaemonVerb, example=example, context_settings=CONTEXT)
        return command(with_paths(function))

    return made


file_argument = click.Path(path_type=Path, dir_okay=False)
"""A file on the command line."""
settings_argument = click.Path(path_type=Path, dir_okay=False, exists=True)
"""Settings that somebody names: the usual file may be missing, this one is mistyped then."""


@click.group(
    cls=DaemonVerbs,
    verbs=VERBS,
    context_settings=CONTEXT,
)
@click.version_option(package_name="corgea-tui", prog_name=PROGRAM)
def root() -> None:
    """The Corgea Webhooks daemon: takes events in and delivers them to webhooks; loses none.

    Watch and steer it with corgea-tui.
    """
