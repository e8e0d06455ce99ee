"""`corgea-tui completion`."""

import click

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb

EXAMPLE = """
eval "$(corgea-tui completion bash)"
corgea-tui completion zsh > ~/.zfunc/_corgea-tui
corgea-tui completion fish > ~/.config/fish/completions/corgea-tui.fish
"""


@verb("completion", as_json=False, example=EXAMPLE)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_session
def completion(session: CommandContext, *, shell: str) -> None:
    """Print the completion script for your shell; it knows webhook names, types and filters."""
    from click.shell_completion import get_completion_class

    from corgea_tui.cli.bash import use_bash
    from corgea_tui.cli.root import root
    from corgea_tui.program import COMPLETE, PROGRAM

    use_bash()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    session.out.raw(kind(root, {}, PROGRAM, COMPLETE).source())
