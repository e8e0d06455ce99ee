"""The run of `corgea-tui listen`: it connects receiver, answers, journal and webhook."""

import asyncio
import os
import secrets
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from corgea_tui.cli.context import CommandContext
from corgea_tui.receiver.answers import ScriptedAnswer, script
from corgea_tui.receiver.authority import authority
from corgea_tui.receiver.forward import Forwarder
from corgea_tui.receiver.journal import Journal, JournalEntry
from corgea_tui.receiver.received import Received
from corgea_tui.receiver.server import Receiver
from corgea_tui.receiver.subscription import ListenSubscription
from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.output import Output
from corgea_tui.text.table import Cell

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class ListenOptions:
    """The options of `listen`."""

    port: int = 0
    secret: str | None = None
    answer: str = "200"
    delay: float = 0.0
    forward_to: str | None = None
    subscribe: tuple[str, ...] = ()
    name: str | None = None
    keep: bool = False
    bodies: bool = True


class ListenResponder:
    """Decides each answer and writes it to the journal."""

    def __init__(
        self,
        options: ListenOptions,
        secret: str | None,
        forwarder: Forwarder | None,
        journal: Journal,
    ) -> None:
        """`secret` verifies the signatures; None: they are not verified."""
        self._script = script(options.answer, options.delay)
        self._secret = secret
        self._forwarder = forwarder
        self._journal = journal

    async def __call__(self, received: Received) -> ScriptedAnswer:
        """The answer to one request."""
        started = time.monotonic()
        if self._forwarder is None:
            answer = self._script.next()
        else:
            answer = await self._forwarder.forward(received)
        signature_problem = (
            received.signature_problem(self._secret) if self._secret is not None else None
        )
        took = round((time.monotonic() - started + answer.delay) * 1000)
        self._journal.write(
            JournalEntry(received, answer, took, signature_problem, self._secret is not None)
        )
        return answer


def run(context: CommandContext, options: ListenOptions) -> None:
    """Listen until interrupted; after the clean-up, raise KeyboardInterrupt."""
    asyncio.run(_listen(context, options))
    raise KeyboardInterrupt


async def _listen(context: CommandContext, options: ListenOptions) -> None:
    out = context.out
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, ended.set)
    secret = options.secret
    if secret is None and options.subscribe:
        secret = secrets.token_hex(20)
    async with AsyncExitStack() as stack:
        forwarder = None
        if options.forward_to is not None:
            forwarder = Forwarder(options.forward_to)
            stack.push_async_callback(forwarder.close)
        journal = Journal(out, as_json=context.json, bodies=options.bodies)
        responder = ListenResponder(options, secret, forwarder, journal)
        trusted = authority(context.paths)
        receiver = Receiver(trusted.server_context(), responder, options.port)
        await receiver.start()
        stack.push_async_callback(receiver.stop)
        if not options.subscribe:
            _greet(out, context, options, receiver.url)
        else:
            name = options.name or f"listen on port {receiver.port}"
            subscription = ListenSubscription(context.client, out, name, keep=options.keep)
            stack.push_async_callback(asyncio.to_thread, subscription.close)
            events = [event for text in options.subscribe for event in text.split(",")]
            home = context.paths.data
            await asyncio.to_thread(subscription.open, receiver.url, events, secret or "", home)
            _greet(out, context, options, receiver.url)
            await asyncio.to_thread(subscription.catch_up)
        await ended.wait()


def _greet(out: Output, context: CommandContext, options: ListenOptions, url: str) -> None:
    """Print how to use the receiver on stderr, as stdout holds the requests."""
    out.note(f"{out.paint_err('Listening on', 'strong')} {out.paint_err(url, 'accent')}")
    answers = options.answer if options.forward_to is None else f"as {options.forward_to} answers"
    rows: list[Fact] = [
        ("answers", Cell(answers)),
        ("events", Cell(", ".join(options.subscribe))),
        ("trusted by", Cell("this user's daemon, on loopback")),
        ("others trust", Cell(os.fspath(context.paths.listen_ca))),
    ]
    for line in facts(rows, out.width, out.paint_err, "  "):
        out.note(line)
    if not options.subscribe:
        out.note(f"  to use it: corgea-tui webhooks add local {url} --event 'scan.*'")
    out.note("  Ctrl-C ends", "quiet")
