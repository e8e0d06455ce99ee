"""Custom bodies: a JSON object with placeholders for values of the event (rules.md §3).

    {"text": "{{event_type}} in {{data.project.name}}", "at": {{time}}, "event": {{payload}}}

becomes, for one event,

    {"text": "scan.failed in Billing", "at": 1736951400, "event": {"event_id": ...}}

The placeholders are `{{payload}}` `{{time}}` `{{timestamp}}` `{{event_type}}` `{{event_id}}` and
`{{data.PATH}}`. Outside of a JSON string a placeholder becomes the JSON literal of its value;
inside of one, the value's text, escaped. There is one pass: a value is never searched for
placeholders. Unknown placeholders do not change.

A template is compiled once. When compiling proves that every value gives a JSON object, rendering
does not check the result again.
"""

import json
import re
from collections.abc import Callable

import msgspec
from msgspec import Raw

from daemon.domain.deliveries.template_values import EventValues, inside_string
from daemon.domain.problems import closest, quoted

NAMES = ("payload", "time", "timestamp", "event_type", "event_id")
"""The placeholders other than `data.PATH`."""

ALWAYS, MOST_TIMES = 2**16, 16
"""The most bytes of all inserted values: `ALWAYS`, plus `MOST_TIMES` the payload's size.

Without a limit, the largest template and the largest event would give gigabytes.
"""
_TOO_LARGE = f"it is more than {MOST_TIMES} times as large as the event"

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_NAME = re.compile(r'data(?:\.[^."\\\x00-\x1f]+)+|' + "|".join(NAMES))
_QUOTE_OR_ESCAPE = re.compile(r'"|\\u[0-9A-Fa-f]{0,4}|\\.|\\', re.DOTALL)
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?")

_read_members = msgspec.json.Decoder(dict[str, Raw]).decode


class TemplateFailure(Exception):
    """A template does not give a JSON object for an event.

    The message has the position in the template, `problem` does not; `line` and `column` count
    from 1. They quote neither the template nor the event, since both may have secrets.
    """

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(
            f"the custom body gives no JSON object: {problem}"
            f" (line {line}, column {column} of the template)"
        )
        self.problem = problem
        self.line = line
        self.column = column


class Slot(msgspec.Struct, frozen=True):
    """A placeholder of a template: its name, its position, and whether it is inside a string."""

    name: str
    in_string: bool
    start: int
    end: int


Fill = Callable[[Slot], bytes]
"""Gives the text that fills a slot."""


class Template:
    """A compiled custom body: alternating literal text and slots.

    Every text can be compiled; `warnings` and `render` report its errors.
    """

    __slots__ = ("_cut_at", "_parts", "_proven", "_text", "_unknown")

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts, self._unknown, self._cut_at = _read(text)
        self._proven = self._cut_at is None and is_object(self._filled(_any_value))

    def render(self, values: EventValues, *, slack: bool = False) -> bytes:
        """The body for an event; with `slack`, values in strings are also escaped for Slack.

        Raises TemplateFailure when the result is not a JSON object, or is too large.
        """
        left = ALWAYS + MOST_TIMES * len(values.literal("payload") or b"")

        def fill(slot: Slot) -> bytes:
            literal = values.literal(slot.name)
            if slot.in_string:
                return inside_string(literal, slack=slack)
            return b"null" if literal is None else literal

        def metered(slot: Slot) -> bytes:
            nonlocal left
            filled = fill(slot)
            left -= len(filled)
            if left < 0:
                raise self._failed_at(_TOO_LARGE, slot.start)
            return filled

        body = self._filled(metered)
        if not self._proven and (self._cut_at is not None or not is_object(body)):
            raise self._failure(fill)
        return body

    def warnings(self) -> tuple[str, ...]:
        """Warnings at save: unknown placeholders, and a template that can never give an object."""
        found = [_unknown_placeholder(name) for name in self._unknown]
        impossible = self._impossible()
        return (*found, str(impossible)) if impossible else tuple(found)

    def _impossible(self) -> TemplateFailure | None:
        """Why the template can never give a JSON object, or None."""
        if self._proven:
            return None
        if self._cut_at is None and any(
            is_object(self._filled(_like(literal))) for literal in _LITERALS
        ):
            return None
        return self._failure(_like(_LITERALS[0]))

    def _filled(self, fill: Fill) -> bytes:
        return b"".join([part if isinstance(part, bytes) else fill(part) for part in self._parts])

    def _failure(self, fill: Fill) -> TemplateFailure:
        if self._cut_at is not None:
            problem, at = "a placeholder splits the escape before it", self._cut_at
        else:
            problem, position = json_problem(self._filled(fill).decode())
            at = self._position_in_template(position, fill)
        return self._failed_at(problem, at)

    def _failed_at(self, problem: str, at: int) -> TemplateFailure:
        line_start = self._text.rfind("\n", 0, at) + 1
        return TemplateFailure(problem, self._text.count("\n", 0, at) + 1, at - line_start + 1)

    def _position_in_template(self, position: int, fill: Fill) -> int:
        """The position in the template of the character at `position` in the result."""
        rendered = template = 0
        for part in self._parts:
            if isinstance(part, Slot):
                start, beyond, length = part.start, part.end, len(fill(part).decode())
            else:
                length = len(part.decode())
                start, beyond = template + position - rendered, template + length
            if position < rendered + length:
                return start
            rendered, template = rendered + length, beyond
        return len(self._text)


def _read(text: str) -> tuple[list[bytes | Slot], list[str], int | None]:
    """Literals and slots, unknown placeholders, and the position of a split escape or None."""
    parts: list[bytes | Slot] = []
    unknown: list[str] = []
    cut_at: int | None = None
    in_string = False
    done = 0
    for match in _PLACEHOLDER.finditer(text):
        name = match[1].strip()
        if not _NAME.fullmatch(name):
            unknown.append(name)
            continue
        literal = text[done : match.start()]
        in_string, cut = _string_state(literal, in_string=in_string)
        if cut and cut_at is None:
            cut_at = match.start()
        parts += (_utf8(literal), Slot(name, in_string, match.start(), match.end()))
        done = match.end()
    parts.append(_utf8(text[done:]))
    return parts, unknown, cut_at


def _utf8(text: str) -> bytes:
    return text.encode(errors="replace")


def _string_state(literal: str, *, in_string: bool) -> tuple[bool, bool]:
    """Whether a JSON string is open after `literal`, and whether it ends within an escape."""
    last = ""
    end = 0
    for token in _QUOTE_OR_ESCAPE.finditer(literal):
        last, end = token[0], token.end()
        if last == '"':
            in_string = not in_string
    cut = in_string and end == len(literal) and _CUT_ESCAPE.fullmatch(last) is not None
    return in_string, cut


def is_object(body: bytes) -> bool:
    """Whether the bytes are one JSON object, strictly checked."""
    try:
        _read_members(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _any_value(slot: Slot) -> bytes:
    """A value for any other: `[]` is valid only where every value is, and is not an object.

    In a string, it is one character that cannot be part of an escape.
    """
    return b"x" if slot.in_string else b"[]"


_LITERALS = (b'"x"', b"1", b"{}", b"null")
_NATURAL = {"payload": b"{}", "time": b"1"}


def _like(literal: bytes) -> Fill:
    """Fills slots with values of the right type, and those of `data.PATH` with `literal`."""

    def fill(slot: Slot) -> bytes:
        if slot.in_string:
            return b"x"
        if slot.name.startswith("data."):
            return literal
        return _NATURAL.get(slot.name, b'"x"')

    return fill


def _unknown_placeholder(name: str) -> str:
    guess = closest(name, NAMES)
    meant = f" (did you mean {{{{{guess}}}}}?)" if guess else ""
    known = ", ".join(f"{{{{{name}}}}}" for name in (*NAMES, "data.PATH"))
    return f"{quoted(name)} is not a placeholder{meant} and is sent unchanged; known are {known}"


def json_problem(text: str) -> tuple[str, int]:
    """Why `text` is not a JSON object, and at which character, without a quote of it."""
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return error.msg, error.pos
    except _NoConstant as error:
        return f"there is no {error} in JSON", max(text.find(str(error)), 0)
    except RecursionError:
        return "it nests too deep", 0
    start = len(text) - len(text.lstrip())
    if not isinstance(value, dict):
        return f"it is {_KINDS[type(value)]}", start
    return "a string holds half of a surrogate pair", start


_KINDS = {
    list: "an array",
    str: "a string or a number",
    bool: "true or false",
    type(None): "null",
}


class _NoConstant(Exception):
    """NaN or an infinity, which Python accepts."""


def _no_constant(name: str) -> object:
    raise _NoConstant(name)
