"""The daemon with a sampler: `python -m tests.bench.sampled run`.

Every few milliseconds of processor time, it adds to each thread's stack what the thread has used
since the last sample. It counts between SIGUSR1 and SIGUSR2; then it writes JSON to
`$CORGEA_HOME/samples`.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from daemon.__main__ import main

TICK = 0.002
"""Seconds of the process's time between samples; the kernel may make it more."""


class Sampler:
    """Processor seconds of each thread by its stack, the innermost call first."""

    def __init__(self) -> None:
        self._used: dict[int, float] = {}
        self._stacks: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def begin(self, *_: object) -> None:
        """Count from now on."""
        self._sample(None, None)
        self._stacks.clear()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, TICK, TICK)

    def end(self, *_: object) -> None:
        """Stop, and write the samples."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        found = [[name, stack, used] for (name, stack), used in self._stacks.items()]
        path = Path(os.environ["CORGEA_HOME"]) / "samples"
        path.with_suffix(".part").write_text(json.dumps(found))
        path.with_suffix(".part").rename(path)

    def _sample(self, _: int | None, interrupted: FrameType | None) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            ident = thread.ident
            if ident is None or ident not in frames:
                continue
            used = time.clock_gettime(time.pthread_getcpuclockid(ident))
            spent = used - self._used.get(ident, used)
            self._used[ident] = used
            frame = interrupted if thread is threading.main_thread() else frames[ident]
            self._stacks[thread.name, tuple(_calls(frame))] += spent


def _calls(frame: FrameType | None) -> list[str]:
    calls = []
    while frame is not None:
        code = frame.f_code
        calls.append(f"{_short_path(code.co_filename)}:{code.co_qualname}")
        frame = frame.f_back
    return calls


def _short_path(path: str) -> str:
    """A file's path from its package on."""
    for mark in ("site-packages/", f"python{sys.version_info.major}.{sys.version_info.minor}/"):
        if mark in path:
            return path.rpartition(mark)[2]
    return os.path.relpath(path)


if __name__ == "__main__":
    sampler = Sampler()
    signal.signal(signal.SIGUSR1, sampler.begin)
    signal.signal(signal.SIGUSR2, sampler.end)
    main()
