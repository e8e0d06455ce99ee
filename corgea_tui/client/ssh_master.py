"""The ssh that everything of a remote daemon goes through."""

import subprocess
import sys
from threading import Thread
from typing import IO

LAST_WORDS = 1.0
"""Seconds for what ssh says at its end to arrive."""


class Master:
    """The one ssh that stays. What it says is shown while it connects, later only remembered."""

    def __init__(self, command: list[str], *, ask: bool) -> None:
        """`ask`: it may use the terminal, and its words are shown until `find` has found."""
        self.last_words = "it said nothing"
        self._shown = ask
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=not ask,  # no terminal, so nothing there can be asked or written
        )
        self._ears = Thread(
            target=self._listen, args=(self._process.stderr,), name="ssh", daemon=True
        )
        self._ears.start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def find(self, mark: str) -> str | None:
        """The rest of the first line that begins with `mark`; None when ssh ended before."""
        said = self._process.stdout or ()
        found = next((line for line in said if line.startswith(mark)), None)
        if found is None:
            self._ears.join(LAST_WORDS)
            return None
        self._shown = False
        return found.removeprefix(mark).strip()

    def stop(self) -> None:
        """Tell it to end: who is in `find` returns. Safe to call from another thread."""
        self._process.terminate()

    def close(self) -> None:
        """Stop it, and let go of it."""
        self.stop()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self, said: IO[str]) -> None:
        with said:
            for line in said:
                self.last_words = line.strip().removeprefix("ssh: ") or self.last_words
                if self._shown:
                    sys.stderr.write(line)
