"""`corgea-tui sign`."""

import sys

import click

from corgea_tui.cli.kinds import secret_argument
from corgea_tui.cli.session import Session, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.errors import Usage
from daemon.domain.signature import sign as signature


@verb("sign", example='corgea-tui sign --secret "$SECRET" < body.json')
@click.option("--secret", required=True, metavar="TEXT|@FILE", help="The webhook's secret.")
@pass_session
def sign(session: Session, *, secret: str) -> None:
    """Print the signature of the body on stdin: HMAC-SHA256 of its raw bytes, in hex."""
    if secret == "-":
        raise Usage("stdin holds the body: give the secret as text or as @FILE")
    value = signature(sys.stdin.buffer.read(), secret_argument(secret) or "")
    if session.json:
        session.out.json({"signature": value})
    else:
        session.out.line(value)
