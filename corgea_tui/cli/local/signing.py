"""`corgea-tui sign` and `verify`: the signatures of deliveries."""

import sys

import click

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import secret_beside_body
from corgea_tui.cli.verb import verb
from corgea_tui.client.errors import FAILED
from daemon.domain.deliveries.signature import sign as signature
from daemon.domain.deliveries.signature import verify as signature_problem


@verb("sign", example='corgea-tui sign --secret "$SECRET" < body.json')
@click.option("--secret", required=True, metavar="TEXT|@FILE", help="The webhook's secret.")
@pass_command_context
def sign(context: CommandContext, *, secret: str) -> None:
    """Print the signature of the body on stdin: HMAC-SHA256 of its raw bytes, in hex."""
    value = signature(sys.stdin.buffer.read(), secret_beside_body(secret))
    if context.json:
        context.out.json({"signature": value})
    else:
        context.out.line(value)


@verb("verify", example='corgea-tui verify --secret "$SECRET" --signature 5257a8… < body.json')
@click.option("--secret", required=True, metavar="TEXT|@FILE", help="The webhook's secret.")
@click.option("--signature", required=True, metavar="HEX", help="The X-Corgea-Signature header.")
@pass_command_context
def verify(context: CommandContext, *, secret: str, signature: str) -> None:
    """Check the signature of the body on stdin. If it is wrong, say why and exit 1."""
    wrong = signature_problem(sys.stdin.buffer.read(), signature, secret_beside_body(secret))
    if context.json:
        context.out.json({"valid": wrong is None, "problem": wrong})
    elif wrong is None:
        context.out.line(context.out.paint("✔ good signature", "good"))
    else:
        context.out.note(f"✖ {wrong}", "bad")
    if wrong is not None:
        click.get_current_context().exit(FAILED)
