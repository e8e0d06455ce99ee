"""Shell completion: the values of arguments, the script for bash, and `corgea-tui completion`.

The functions for values never fail: without a daemon they return nothing.
"""

import os
from typing import ClassVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    split_arg_string,
)

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.errors import ClientError


def event_types(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Event types, and groups of them like `scan.*`."""
    names = _types(ctx.ensure_object(CommandContext))
    groups = sorted({f"{name.partition('.')[0]}.*" for name in names})
    return [CompletionItem(name) for name in [*names, *groups] if name.startswith(typed)]


def webhook_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of webhooks."""
    return [
        CompletionItem(name) for name in _begun(_webhooks(ctx.ensure_object(CommandContext)), typed)
    ]


def filters(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of the filter language, and the values that a key can have."""
    from daemon.domain.filters.completion import complete
    from daemon.domain.filters.keys import FilterKey

    context = ctx.ensure_object(CommandContext)
    words: dict[FilterKey, list[str]] = {}
    key, colon, value = typed.partition(":")
    if colon and key.lstrip("-").lower() == FilterKey.WEBHOOK:  # their names have blanks in them
        return [CompletionItem(f"{key}:{name}") for name in _begun(_webhooks(context), value)]
    if colon and key.lstrip("-").lower() == FilterKey.TYPE:
        words[FilterKey.TYPE] = _types(context)
    found = complete(typed, len(typed), words)
    before, after = typed[: found.start], typed[found.end :]
    # Without quotes: the shell would take them for its own. The command adds them again.
    return [
        CompletionItem(f"{before}{item.text.replace(chr(34), '')}{after}", help=item.meaning)
        for item in found.items
    ]


def statuses(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Statuses of issues."""
    from daemon.domain.events.catalogue import STATUSES

    return [CompletionItem(name) for name in STATUSES if name.startswith(typed)]


def scenarios(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The predefined scenarios, or else files."""
    from corgea_tui.scenarios import shipped

    named = [CompletionItem(name) for name in shipped() if name.startswith(typed)]
    return named or [CompletionItem(typed, type="file")]


def files(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files, completed by the shell."""
    return [CompletionItem(typed, type="file")]


def _begun(names: list[str], typed: str) -> list[str]:
    return [name for name in names if name.lower().startswith(typed.lower())]


def _types(context: CommandContext) -> list[str]:
    try:
        return [each.name for each in context.client.event_types() if not each.reserved]
    except ClientError:
        return []


def _webhooks(context: CommandContext) -> list[str]:
    try:
        return [each.name for each in context.client.send(calls.webhooks()).items]
    except ClientError:
        return []


SCRIPT = r"""
%(complete_func)s() {
    local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        if [[ $type == file || $type == dir ]]; then
            compopt -o default
            continue
        fi
        [[ $value ]] || continue
        [[ $value == *: ]] && compopt -o nospace
        if [[ $COMP_WORDBREAKS == *:* ]] &&
            [[ $word == : || ${COMP_WORDS[COMP_CWORD-1]} == : && $line == *:"$word" ]]; then
            value=${value#*:}
        fi
        [[ $word == [\'\"]* ]] || printf -v value %%q "$value"
        COMPREPLY+=("$value")
    done < <(%(complete_var)s=bash_complete COMP_LINE="$line" "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_END = "\0"


class Bash(BashComplete):
    """Bash completion with the script above, which passes the line as it was typed."""

    source_template: ClassVar[str] = SCRIPT.lstrip()

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the typed part of the current word."""
        *words, last = split_arg_string(os.environ["COMP_LINE"] + _END)
        return words[1:], last.removesuffix(_END)


def use_bash() -> None:
    """Register the bash completion with click."""
    add_completion_class(Bash)


EXAMPLE = """
eval "$(corgea-tui completion bash)"
corgea-tui completion zsh > ~/.zfunc/_corgea-tui
corgea-tui completion fish > ~/.config/fish/completions/corgea-tui.fish
"""


@verb("completion", as_json=False, example=EXAMPLE)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_command_context
def completion(context: CommandContext, *, shell: str) -> None:
    """Print the completion script for your shell. It completes webhook names, types and filters."""
    from click.shell_completion import get_completion_class

    from corgea_tui.cli.completion import use_bash
    from corgea_tui.cli.root import root
    from corgea_tui.program import COMPLETE, PROGRAM

    use_bash()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    context.out.raw(kind(root, {}, PROGRAM, COMPLETE).source())
