"""The classes of commands and groups: examples in the help, common options, lazy imports.

A verb's module is imported when the verb is used, so that a command imports only what it needs.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

from corgea_tui.cli.context import CommandContext

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Verb(click.Command):
    """A command with `--color`, usually `--json`, and examples in its help."""

    def __init__(self, *args: Any, example: str = "", as_json: bool = True, **kwargs: Any) -> None:
        """`example` holds one or more command lines; `as_json`: whether it has `--json`."""
        kwargs.setdefault("context_settings", SETTINGS)
        super().__init__(*args, **kwargs)
        self.example = example
        self.params.extend(common_options(as_json=as_json))

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, at the end of the help."""
        write_example(self.example, formatter)


class LazyGroup(click.Group):
    """A group whose commands are imported when used, and which suggests the nearest name."""

    def __init__(
        self, *args: Any, verbs: Mapping[str, tuple[str, str]], example: str = "", **kwargs: Any
    ) -> None:
        """`verbs` maps a name to `module:attribute` and its one-line help."""
        kwargs.setdefault("context_settings", SETTINGS)
        super().__init__(*args, **kwargs)
        self.verbs = verbs
        self.example = example

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of the verbs, in the order of the help."""
        return list(self.verbs)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        if cmd_name not in self.verbs:
            return None
        module, _, attribute = self.verbs[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, or an error with the nearest name for an unknown word."""
        if args and args[0] not in self.verbs and not args[0].startswith("-"):
            raise click.UsageError(unknown("command", args[0], self.verbs), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.verbs.items()])

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, as for a verb."""
        write_example(self.example, formatter)


def verb(
    name: str, *, example: str, as_json: bool = True, **kwargs: Any
) -> Callable[[Callable[..., Any]], Verb]:
    """A decorator that makes a function a verb."""
    return click.command(name, cls=Verb, example=example, as_json=as_json, **kwargs)


def common_options(*, as_json: bool) -> list[click.Parameter]:
    """The options that every verb has."""
    options: list[click.Parameter] = [
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_colour,
            help="When to colour.  [default: auto]",
        )
    ]
    if as_json:
        options.append(
            click.Option(
                ["--json", "as_json"],
                is_flag=True,
                expose_value=False,
                callback=_json,
                help="Machine-readable output on stdout.",
            )
        )
    return options


def unknown(what: str, word: str, known: Mapping[str, object] | list[str]) -> str:
    """The message for an unknown word, with the nearest known one."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    if near:
        return f"There is no {what} {word!r}; did you mean {near[0]!r}?"
    return f"There is no {what} {word!r}; there are {', '.join(known)}."


def write_example(example: str, formatter: click.HelpFormatter) -> None:
    """Write the examples without rewrapping."""
    if not example:
        return
    lines = example.strip().splitlines()
    with formatter.section("Example" if len(lines) == 1 else "Examples"):
        for line in lines:
            formatter.write(f"  {line.strip()}\n")


def _colour(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    if value is not None:
        ctx.ensure_object(CommandContext).colour(value)


def _json(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    if value:
        ctx.ensure_object(CommandContext).json = True
