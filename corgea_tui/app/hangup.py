"""An orderly exit of the app when its terminal closes: connections are closed, workers end.

Without this module, a hang-up kills the process at once. Where no hang-up is signalled, Textual
reads the end of the terminal in an endless loop.
"""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import Any

from textual.app import App

TERMINAL = (0, 1, 2)
"""The descriptors of the terminal; Textual replaces the objects in `sys`."""
CODE = 128 + signal.SIGHUP
EXIT_SECONDS = 10.0
"""Seconds within which the app has to exit after its terminal has closed."""


@contextmanager
def exit_on_hangup(app: App[Any]) -> Iterator[None]:
    """While the app runs, make it exit with `CODE` on a hang-up. Call this in the main thread."""
    over = Event()
    end = partial(_end, app, over)
    Thread(target=_wait, args=(end,), name="hang-up", daemon=True).start()
    # In a thread: a handler alone would not wake the loop.
    before = signal.signal(signal.SIGHUP, lambda *_: Thread(target=end, daemon=True).start())
    try:
        yield
    finally:
        over.set()
        signal.signal(signal.SIGHUP, before)


def _wait(end: partial[None]) -> None:
    """Block until the terminal is gone; keys do not wake this thread."""
    poll = select.poll()
    poll.register(TERMINAL[0], 0)
    poll.poll()
    end()


def _end(app: App[Any], over: Event) -> None:
    if over.is_set():
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in TERMINAL:
        os.dup2(nothing, stream)  # discards further output instead of failing
    os.close(nothing)
    app.exit(return_code=CODE)
    if not over.wait(EXIT_SECONDS):
        os._exit(CODE)
