"""`corgea-tui verify`."""

import sys

import click

from corgea_tui.cli.param_types import secret_beside_body
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client.errors import FAILED
from daemon.domain.deliveries.signature import verify as complaint


@verb("verify", example='corgea-tui verify --secret "$SECRET" --signature 5257a8… < body.json')
@click.option("--secret", required=True, metavar="TEXT|@FILE", help="The webhook's secret.")
@click.option("--signature", required=True, metavar="HEX", help="The X-Corgea-Signature header.")
@pass_session
def verify(session: CommandContext, *, secret: str, signature: str) -> None:
    """Check the signature of the body on stdin, and say what is wrong with it; exits 1 then."""
    wrong = complaint(sys.stdin.buffer.read(), signature, secret_beside_body(secret))
    if session.json:
        session.out.json({"valid": wrong is None, "problem": wrong})
    elif wrong is None:
        session.out.line(session.out.paint("✔ good signature", "good"))
    else:
        session.out.note(f"✖ {wrong}", "bad")
    if wrong is not None:
        click.get_current_context().exit(FAILED)
