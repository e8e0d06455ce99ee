"""`corgea-tui sign`."""

import sys

import click

from corgea_tui.cli.param_types import secret_beside_body
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from daemon.domain.deliveries.signature import sign as signature


@verb("sign", example='corgea-tui sign --secret "$SECRET" < body.json')
@click.option("--secret", required=True, metavar="TEXT|@FILE", help="The webhook's secret.")
@pass_session
def sign(session: CommandContext, *, secret: str) -> None:
    """Print the signature of the body on stdin: HMAC-SHA256 of its raw bytes, in hex."""
    value = signature(sys.stdin.buffer.read(), secret_beside_body(secret))
    if session.json:
        session.out.json({"signature": value})
    else:
        session.out.line(value)
