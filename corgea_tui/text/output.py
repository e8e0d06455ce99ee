"""The output of a command: results on stdout, messages on stderr, colours for terminals."""

import os
import re
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

import msgspec

ColourChoice = Literal["auto", "always", "never"]

STYLES = {
    "good": "32",
    "bad": "31",
    "warn": "33",
    "quiet": "2",
    "strong": "1",
    "accent": "38;5;208",
    "name": "36",
}
"""The styles of all commands, as SGR parameters; no state is expressed by colour alone."""

FALLBACK_WIDTH = 80

_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)
"""Characters that a terminal could act on and that JSON does not escape."""


def use_colour(choice: ColourChoice, env: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to colour, by `--color`, then NO_COLOR and CLICOLOR_FORCE, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):  # only when not empty: no-color.org
        return False
    if env.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return terminal and env.get("TERM") != "dumb"


class Paint:
    """Puts styles around text, or returns it unchanged when colours are off."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled

    def __call__(self, text: str, style: str = "") -> str:
        """`text` in the named style; unchanged without a style."""
        if not (self.enabled and style and text):
            return text
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m"


class Output:
    """The two streams of one command. It writes only text that is safe for a terminal."""

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        *,
        colour: ColourChoice = "auto",
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._env = env
        self.terminal = self._out.isatty()
        """Whether stdout is a terminal."""
        self.err_terminal = self._err.isatty()
        """Whether stderr is a terminal, so that progress can be redrawn there."""
        self.choose(colour)

    def choose(self, colour: ColourChoice) -> None:
        """Use the choice of `--color` from now on."""
        self.paint = Paint(enabled=use_colour(colour, self._env, terminal=self.terminal))
        self.paint_err = Paint(
            enabled=use_colour(colour, self._env, terminal=self.err_terminal),
        )

    @property
    def width(self) -> int | None:
        """The width of the terminal in columns; None when stdout is not a terminal: cut nothing."""
        if not self.terminal:
            return None
        columns = self._env.get("COLUMNS", "")
        if columns.isdecimal() and int(columns):
            return int(columns)
        try:
            return os.get_terminal_size(self._out.fileno()).columns or FALLBACK_WIDTH
        except (OSError, ValueError):
            return FALLBACK_WIDTH

    def line(self, text: str = "") -> None:
        """Write a line of the result and flush it, also into a pipe."""
        self._out.write(text + "\n")
        self._out.flush()

    def lines(self, texts: list[str]) -> None:
        """Write many lines of the result at once."""
        if texts:
            self._out.write("\n".join(texts) + "\n")
            self._out.flush()

    def raw(self, text: str) -> None:
        """Write a part of the result without a line end."""
        self._out.write(text)

    def json(self, value: object) -> None:
        """Write `value` as one line of JSON; `bytes` and `msgspec.Raw` are JSON already."""
        self.line(json_line(value))

    def json_array(self, items: list[msgspec.Raw]) -> None:
        """Write a list as one JSON array, one item a line."""
        inner = ",\n ".join(json_line(item) for item in items)
        self.line(f"[{inner}]")

    def note(self, text: str, style: str = "") -> None:
        """Write a message for people to stderr."""
        self._out.flush()
        self._err.write(self.paint_err(text, style) + "\n")
        self._err.flush()

    def redraw(self, text: str) -> None:
        """Replace the last line on stderr, if it is a terminal."""
        if self.err_terminal:
            self._err.write(f"\r\x1b[K{text}")
            self._err.flush()


def json_line(value: object) -> str:
    """`value` as one line of JSON, with all characters escaped that a terminal could act on."""
    raw = bytes(value) if isinstance(value, bytes | msgspec.Raw) else msgspec.json.encode(value)
    if b"\n" in raw:
        raw = msgspec.json.format(raw, indent=-1)
    text = raw.decode("utf-8", "replace").strip()
    return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escaped, text)


def pretty_json(raw: bytes) -> str:
    """JSON over several lines, for people; safe for a terminal as `json_line` is."""
    text = msgspec.json.format(raw, indent=2).decode("utf-8", "replace")
    return _HIDDEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)
    )
