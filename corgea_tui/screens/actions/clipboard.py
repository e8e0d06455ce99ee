"""Copying over the terminal (OSC 52), which reaches the reader's own machine through SSH and tmux.

Nobody answers whether it arrived; what is too long for most terminals goes to a file instead.
"""

import base64
import os
import tempfile
from collections.abc import Mapping

MOST = 74_994
"""Bytes that fit the 100,000 characters of an OSC 52 that terminals commonly take."""


def sequence(text: str, env: Mapping[str, str] = os.environ) -> str | None:
    """The escape sequence that copies `text`; None when it is too long for that.

    Inside tmux it is wrapped, so that the terminal around tmux gets it.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > MOST:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"
    if env.get("TMUX"):
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return plain


def to_file(text: str) -> str:
    """Write `text` to a file that only its owner can read; its path."""
    handle, path = tempfile.mkstemp(prefix="corgea-copied-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return path
