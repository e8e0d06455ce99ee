"""The daemon with a counter of calls: `python -m tests.bench.counted run`.

Between SIGUSR1 and SIGUSR2 the daemon and its worker count the calls of each thread; then each
writes JSON to `$CORGEA_HOME/calls-PID`.
"""

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from daemon.__main__ import main
from daemon.delivery.workers import handle

_IN_SENDER = "from tests.bench.counted import begin; begin(); from daemon.delivery.workers.main"


class Calls:
    """How often each function was called, by thread and caller."""

    def __init__(self) -> None:
        self._counting = False
        self._calls: Counter[tuple[str, bool, str, str]] = Counter()

    def count(self, frame: FrameType, event: str, called: Any) -> None:
        """A profile function (`sys.setprofile`)."""
        if not self._counting or event not in {"call", "c_call"}:
            return
        python, thread = event == "call", threading.current_thread().name
        if python:
            by, name = frame.f_back, frame.f_code.co_qualname
        else:
            by, name = frame, getattr(called, "__qualname__", str(called))
        self._calls[thread, python, name, by.f_code.co_qualname if by else ""] += 1

    def begin(self, *_: object) -> None:
        """Count from now on."""
        self._counting = True

    def end(self, *_: object) -> None:
        """Stop, and write the counts."""
        self._counting = False
        path = Path(os.environ["CORGEA_HOME"]) / f"calls-{os.getpid()}"
        path.with_suffix(".part").write_text(json.dumps([*self._calls.items()]))
        path.with_suffix(".part").rename(path)


def begin() -> None:
    """Count in all threads of this process, those to come too."""
    calls = Calls()
    signal.signal(signal.SIGUSR1, calls.begin)
    signal.signal(signal.SIGUSR2, calls.end)
    threading.setprofile(calls.count)
    sys.setprofile(calls.count)


if __name__ == "__main__":
    handle._CODE = handle._CODE.replace("from daemon.delivery.workers.main", _IN_SENDER)
    begin()
    main()
