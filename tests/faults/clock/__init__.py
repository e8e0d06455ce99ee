"""The wall clock of one process, which a test sets."""

import shutil
import subprocess
import time
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")

compiler = shutil.which("gcc") or shutil.which("cc")
"""None: these tests are skipped."""


class WallClock:
    """Give `env` to a process; from then on `set_off` sets its wall clock while it runs."""

    def __init__(self, folder: Path) -> None:
        assert compiler is not None
        library = folder / "clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)
        self._file = folder / "clock"
        self.set_off(0)
        self.env = {"LD_PRELOAD": str(library), "CLOCK_OFF": str(self._file)}

    def set_off(self, seconds: int) -> None:
        """From now on the wall clock differs from the right time by this much."""
        self.seconds = seconds
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds}\n")
        new.replace(self._file)

    def now(self) -> float:
        """What it shows."""
        return time.time() + self.seconds
