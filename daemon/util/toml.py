"""TOML: parsing with the line of each key, and writing for people.

`tomllib` gives values without their lines, and the standard library does not write TOML.
"""

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]
"""The path to a value: keys of tables and indices of arrays."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]*")
_SYNTAX_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class TomlSyntaxError(Exception):
    """A text is not TOML. The message has the reason; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class LineIndex:
    """The lines of a document's keys and array items, counted from 1.

    Only for text that `tomllib` has parsed: the scan trusts its syntax.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._last: dict[Path, int] = {}
        self._document()

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of the nearest table or array around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        start = self._at
        of_array = self._text.startswith("[[", start)
        self._at += 2 if of_array else 1
        *around, name = self._keys()
        self._at += 2 if of_array else 1
        path: Path = ()
        for key in around:
            path = self._inside((*path, key))
        path = (*path, name)
        if of_array:
            self._last[path] = self._last.get(path, -1) + 1
            self._note(path, start)
        path = self._inside(path)
        self._note(path, start)
        return path

    def _inside(self, path: Path) -> Path:
        """The path to the latest table of an array of tables; any other path unchanged."""
        return (*path, self._last[path]) if path in self._last else path

    def _pair(self, table: Path) -> None:
        start = self._at
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, start)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            if (quoted := _STRING.match(self._text, self._at)) is not None:
                self._at = quoted.end()
                keys.append(tomllib.loads(f"key = {quoted[0]}")["key"])
            else:
                keys.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif not self._skip(_STRING):
            self._skip(_PLAIN_VALUE)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._next_in("]"):
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._next_in("}"):
            self._pair(path)

    def _next_in(self, closing: str) -> bool:
        """Step to the next item; after the last one, step past the bracket and return False."""
        self._skip(_BLANK)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_BLANK)
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True

    def _note(self, path: Path, at: int) -> None:
        self._lines.setdefault(path, bisect_right(self._starts, at))

    def _skip(self, pattern: re.Pattern[str]) -> str:
        """Step over the match of `pattern` at this position, and return it."""
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]


def parse(text: str) -> tuple[dict[str, Any], LineIndex]:
    """The document's values and their lines. Raises TomlSyntaxError."""
    try:
        return tomllib.loads(text), LineIndex(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        position = _SYNTAX_POSITION.search(message)
        line = int(position[1]) if position and position[1] else text.count("\n") + 1
        raise TomlSyntaxError(_SYNTAX_POSITION.sub("", message), line) from None
    except RecursionError:
        raise TomlSyntaxError("nested too deeply", 1) from None


def decode(raw: bytes) -> str:
    """The text of a TOML file. Raises TomlSyntaxError with the line that is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TomlSyntaxError("not UTF-8 text", line) from None


def inline(value: Any) -> str:
    """A JSON value without nulls as TOML on one line."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        rows = ", ".join(f"{key(name)} = {inline(item)}" for name, item in value.items())
        return f"{{ {rows} }}" if rows else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    return repr(value)


def key(name: str) -> str:
    """A key, without quotes where TOML allows it."""
    return name if _BARE_KEY.fullmatch(name) else _escaped(name)


def text(value: str, *, lines: bool = False) -> str:
    """A string: literal where that avoids escapes; with `lines`, over several lines if it has any.

    Characters that are not printable are escaped, so that terminals do not act on them.
    """
    if lines and "\n" in value and _is_plain(value.replace("\n", "")) and "'''" not in value:
        return f"'''\n{value}'''"
    if _is_plain(value) and "'" not in value and ("\\" in value or '"' in value):
        return f"'{value}'"
    return _escaped(value)


def _is_plain(value: str) -> bool:
    return value.replace("\t", "").isprintable()


def _escaped(value: str) -> str:
    """As a basic string: JSON's escapes are TOML's."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _code(ord(each)) for each in quoted)


def _code(number: int) -> str:
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004  # two forms
