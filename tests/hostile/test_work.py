"""What an answer costs grows no faster than what was sent: counted in lines of Python run.

A ratio of two counts, not a time, so that a busy machine changes nothing. The C inside of `re` and
`json` is not counted; for patterns there is a second check by processor time with a wide margin.
"""

import sys
import time
from contextlib import suppress
from itertools import islice

import pytest

from corgea_tui.text.safe_text import safe
from daemon.api.handlers.submit_events import _numbered_lines
from daemon.domain.configuration.fields import MOST
from daemon.domain.configuration.form import InvalidWebhook, read_webhook
from daemon.domain.deliveries.redaction import SecretRedactor
from daemon.domain.deliveries.template import Template
from daemon.domain.events.catalogue import EventLimits, InvalidEvent
from daemon.domain.events.event import parse_event
from daemon.domain.events.timestamps import InvalidTimestamp, read_timestamp
from daemon.domain.filters.parser import parse_filter
from daemon.domain.filters.tokens import FilterError
from daemon.domain.matching.conditions import InvalidCondition, read_condition
from daemon.domain.webhooks.config import WebhookConfig
from daemon.util.toml import TomlSyntaxError, parse
from daemon.util.visible import visible

TYPES = ("scan.completed",)


def event(text: bytes) -> None:
    parse_event(text, limits=EventLimits(max_bytes=1 << 24), known_types=TYPES)


def lines(text: bytes) -> None:
    list(islice(_numbered_lines(text), 100))


def form(**fields) -> None:
    whole = {"name": "n", "url": "https://h.example/", "events": ["scan.*"], **fields}
    read_webhook(whole, known_types=TYPES)


INPUTS = {
    "event: brackets": lambda n: event(b"[" * n),
    "event: strings": lambda n: event(b'{"data":{"a":"' + b'\\"[' * n + b'"}}'),
    "event: open string": lambda n: event(b'"' + b"\\\\" * n),
    "event: keys": lambda n: event(b"{" + b",".join(b'"%d":1' % i for i in range(n)) + b"}"),
    "event: number": lambda n: event(
        b'{"event_type":"scan.completed","data":{"project":{"id":' + b"1" * n + b"}}}"
    ),
    "lines: blank": lambda n: lines(b"\n" * n),
    "lines: spaces": lambda n: lines(b" " * n),
    "lines: short": lambda n: lines(b"x\n" * n),
    "filter: words": lambda n: parse_filter("a " * n, now_ms=0),
    "filter: open quote": lambda n: parse_filter('a:"' * n, now_ms=0),
    "filter: escapes": lambda n: parse_filter('"' + "\\\\" * n, now_ms=0),
    "filter: keys": lambda n: parse_filter("type:a " * n, now_ms=0),
    "template: braces": lambda n: Template("{" * n).warnings(),
    "template: open": lambda n: Template("{{ a" * n).warnings(),
    "template: strings": lambda n: Template('{"a":"' + '\\"{{time}}' * n + '"}').warnings(),
    "echo: words": lambda n: SecretRedactor(
        WebhookConfig("n", "https://h/", (), body_template="a" * n)
    ),
    "echo: braces": lambda n: SecretRedactor(
        WebhookConfig("n", "https://h/", (), body_template="{{" * n)
    ),
    "condition: spaces": lambda n: read_condition("a" + " " * n),
    "condition: path": lambda n: read_condition("a." * n),
    "condition: items": lambda n: read_condition("data.a in " + '"\\' * n),
    "toml: comments": lambda n: parse("#\n" * n),
    "toml: open string": lambda n: parse('a = """' + '"\\' * n),
    "toml: brackets": lambda n: parse("a = [" + "1," * n),
    "timestamp": lambda n: read_timestamp("2025-01-15T14:30:00." + "1" * n),
    "log: controls": lambda n: visible("\x1b" * n),
    "text: marks": lambda n: safe("a" + "\u0301" * n, 1 << 24),
    "form: events": lambda n: form(events=[f"x{i}" for i in range(n)]),
    "form: keys": lambda n: form(**{f"k{i}": 1 for i in range(n)}),
    "form: url": lambda n: form(url="https://" + "a." * n),
    "form: headers": lambda n: form(headers=[{"name": f"X-{i}", "value": " "} for i in range(n)]),
}
REFUSALS = (
    FilterError,
    InvalidCondition,
    InvalidEvent,
    InvalidTimestamp,
    InvalidWebhook,
    TomlSyntaxError,
)


def lines_run(work) -> int:
    """Lines of Python that `work` runs."""
    count = 0

    def trace(_frame, kind, _arg):
        nonlocal count
        count += kind == "line"
        return trace

    sys.settrace(trace)
    try:
        work()
    except REFUSALS:
        pass
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("name", INPUTS)
def test_work_grows_with_the_input_and_no_faster(name):
    small, large = (lines_run(lambda n=n: INPUTS[name](n)) for n in (500, 4_000))
    assert large <= 8 * 1.5 * small + 2_000


def seconds(work) -> float:
    started = time.process_time()
    with suppress(REFUSALS):
        work()
    return time.process_time() - started


@pytest.mark.parametrize("name", INPUTS)
def test_no_pattern_is_quadratic(name):
    # Eight times the input: eight times the time when linear, sixty-four when not.
    small, large = (
        min(seconds(lambda n=n: INPUTS[name](n)) for _ in range(3)) for n in (4_000, 32_000)
    )
    assert large < 30 * small + 0.05


def test_the_number_of_complaints_is_limited():
    with pytest.raises(InvalidWebhook) as caught:
        form(events=[f"x{i}" for i in range(100_000)], headers=[{}] * 100_000)
    assert len(caught.value.errors) == MOST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 20_000, "is longer than 16,384 characters"),
        ("x" * 201, "at most 200 characters"),
        ("x " * 21, "more than 20 words of free text"),
        ("type:x " * 501, "more than 500 values"),
    ],
)
def test_a_filter_has_limits(text, words):
    with pytest.raises(FilterError, match=words):
        parse_filter(text, now_ms=0)


def test_lines_keep_their_numbers():
    text = b"\n\n a \n \r\n\tb\nc\n\n d"
    assert list(_numbered_lines(text)) == [(3, b"a "), (5, b"b"), (6, b"c"), (8, b"d")]
