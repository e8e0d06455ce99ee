"""The types of options and arguments: durations, texts from files, secrets, filter words."""

import re
import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from corgea_tui.cli.verb import Verb
from corgea_tui.client.errors import Usage
from daemon.util.durations import InvalidDuration, parse_duration

STDIN = "-"

_NEGATION_START = re.compile(r"-[a-z]")
_NEGATED = re.compile(r"-[^\W\d_-][^=]+")
_NEXT_WORD = re.compile(r"\s-?[a-z]+:")


def seconds(value: str) -> float:
    """A duration such as `500ms`, `20`, `20s`, `2m` or `1h` in seconds: a type for options."""
    try:
        return parse_duration(value, bare_unit="s")
    except InvalidDuration as error:
        raise click.BadParameter(str(error)) from None


limit_option = click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=50,
    help="List at most N; 0: all.  [default: 50]",
)
"""The most rows of a list; 0: all."""


class FilterVerb(Verb):
    """A verb with filter words as arguments, also negated ones, which begin with `-`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remove the negated words before click parses them as options."""
        end = args.index("--") if "--" in args else len(args)
        negated = [word for word in args[:end] if _NEGATED.fullmatch(word)]
        rest = super().parse_args(ctx, [word for word in args if word not in negated])
        ctx.params["words"] = (*ctx.params.get("words", ()), *negated)
        return rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Options, and negated filter words."""
        found = super().shell_complete(ctx, incomplete)
        if _NEGATION_START.match(incomplete):
            found += next(each for each in self.params if each.name == "words").shell_complete(
                ctx, incomplete
            )
        return found


def filter_text(words: tuple[str, ...]) -> str | None:
    """Filter words as one filter; values that the shell unquoted are quoted again."""
    return " ".join(_quoted(word) for word in words) or None


def text_argument(value: str, option: str) -> str:
    """The text of a value: the value itself, the content of `@FILE`, or stdin for `-`."""
    if value == STDIN:
        return sys.stdin.read()
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise Usage(f"{option} {value}: {error.strerror}") from None
        except UnicodeError:
            raise Usage(f"{option} {value}: the file is not UTF-8") from None
    return value


def secret_argument(value: str | None, option: str = "--secret") -> str | None:
    """A secret: for `-` hidden input on a terminal, else stdin; otherwise as `text_argument`."""
    if value == STDIN and sys.stdin.isatty():
        return str(click.prompt("Secret", hide_input=True, err=True))
    if value is None or not (value == STDIN or value.startswith("@")):
        return value
    return text_argument(value, option).rstrip("\r\n")


def secret_beside_body(value: str) -> str:
    """A secret where stdin holds a body: the value itself, or the content of `@FILE`."""
    if value == STDIN:
        raise Usage("stdin holds the body: give the secret as text or as @FILE")
    return secret_argument(value) or ""


def _quoted(word: str) -> str:
    from daemon.domain.filters.keys import KEYS, ValueKind

    key, _, value = word.partition(":")
    spaced = any(character.isspace() for character in value)
    named = any(key.lstrip("-") == each and KEYS[each].kind is ValueKind.NAME for each in KEYS)
    if not named or not spaced or value.startswith('"'):
        return word
    if _NEXT_WORD.search(value):  # a whole filter in one argument
        return word
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}:"{escaped}"'
