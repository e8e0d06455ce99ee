"""Parsers accept any input or refuse it with their own error; they raise nothing else."""

import os
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api.handlers.submit_events import _numbered_lines
from daemon.domain.configuration.form import KEYS, InvalidWebhook, read_webhook
from daemon.domain.deliveries.template import Template
from daemon.domain.events.catalogue import EventLimits, InvalidEvent
from daemon.domain.events.event import parse_event
from daemon.domain.filters.parser import format_filter, parse_filter
from daemon.domain.filters.tokens import FilterError
from daemon.settings.read import SettingsInvalid, read_settings
from daemon.store.queries.cursors import InvalidCursor, read_cursor, write_cursor

MORE = settings(max_examples=80 * int(os.environ.get("CORGEA_FUZZ", "1")))
TYPES = ("scan.completed",)
WORDS = st.sampled_from(
    ("status:", "failed", "http:", "5xx", "type:", "scan.*", "since:", "1h", '"', "\\", "-", " ",
     "{{", "}}", "data.a.0", "payload", "{", "}", "[", "]", ":", ",", '"a"', "= ", "[delivery]\n",
     "schedule", "[[webhook]]\n", "\n", "0-0", "\0", "\ud800", "1e999", "-0", "9" * 400)
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(WORDS, max_size=12).map("".join))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
RAW = st.one_of(st.binary(), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")))


@MORE
@given(RAW)
def test_events(raw):
    with suppress(InvalidEvent):
        parse_event(raw, limits=EventLimits(), known_types=TYPES)


@MORE
@given(RAW)
def test_data_of_an_event(raw):
    with suppress(InvalidEvent):
        event = b'{"event_type":"scan.completed","data":{"a":' + raw + b"}}"
        parse_event(event, limits=EventLimits(), known_types=TYPES)


@MORE
@given(TEXT)
def test_filters_read_back_as_they_are_written(text):
    with suppress(FilterError):
        found = parse_filter(text, now_ms=1_700_000_000_000)
        assert parse_filter(format_filter(found), now_ms=0) == found


@MORE
@given(TEXT)
def test_templates(text):
    assert all(isinstance(words, str) for words in Template(text).warnings())


@MORE
@given(st.dictionaries(st.sampled_from(KEYS) | TEXT, JSON, max_size=len(KEYS)))
def test_forms(form):
    with suppress(InvalidWebhook):
        read_webhook(form, known_types=TYPES)


@MORE
@given(RAW)
def test_settings(raw):
    with suppress(SettingsInvalid):
        read_settings(raw, "daemon.toml")


@MORE
@given(TEXT)
def test_cursors(text):
    with suppress(InvalidCursor):
        assert read_cursor(write_cursor(read_cursor(text))) == read_cursor(text)


@MORE
@given(RAW)
def test_lines_are_those_that_splitting_gives(raw):
    expected = [(n, line.strip()) for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    assert [(number, line.strip()) for number, line in _numbered_lines(raw)] == expected
