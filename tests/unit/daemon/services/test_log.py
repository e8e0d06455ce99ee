import io
import json
import logging

import pytest

from daemon.services.log import KEPT, Log
from daemon.util.visible import MESSAGE_LIMIT


@pytest.fixture
def log():
    stream = io.StringIO()
    handlers = Log(stream)
    handlers.apply("info", "text")
    handlers.stream = stream
    yield handlers
    handlers.close()


def said(log):
    return log.stream.getvalue()


def test_a_record_is_one_line_whatever_is_in_it(log):
    logging.getLogger("daemon.x").warning("hostile: %s", "a\nb\r\x1b[31m\x9b\x00\u202e\u2028z")
    assert said(log).count("\n") == 1
    assert said(log).endswith(" warning hostile: a␊b␍␛[31m‹U+009B›␀‹U+202E›‹U+2028›z\n")


def test_an_error_says_where_on_the_same_line(log):
    def fail():
        raise ValueError("no\nway")

    try:
        fail()
    except ValueError:
        logging.getLogger("daemon.x").exception("it failed")
    assert said(log).count("\n") == 1
    assert "it failed: ValueError: no␊way in " in said(log)
    assert "fail (" in said(log)


def test_long_messages_are_cut(log):
    logging.getLogger("daemon.x").warning("é 日本 %s", "x" * 10_000)
    assert said(log).endswith(f" é 日本 {'x' * (MESSAGE_LIMIT - 5)}…\n")


def test_json_for_programs(log):
    log.apply("info", "json")
    logging.getLogger("daemon.x").info("ok “quoted”")
    line = json.loads(said(log))
    assert line["level"] == "info"
    assert line["logger"] == "daemon.x"
    assert line["message"] == "ok “quoted”"
    assert line["at"].endswith("Z")


def test_the_level_is_the_settings(log):
    logging.getLogger("daemon.x").debug("hidden")
    log.apply("debug", "text")
    logging.getLogger("daemon.x").debug("shown")
    assert "hidden" not in said(log)
    assert "shown" in said(log)


def test_the_last_lines_are_kept_with_their_numbers(log):
    for n in range(KEPT + 3):
        logging.getLogger("daemon.x").info("line %d", n)
    kept = log.ring.numbered()
    assert len(kept) == KEPT
    assert kept[-1][1].message == f"line {KEPT + 2}"
    assert [number for number, _ in kept] == list(range(4, KEPT + 4))


def test_closing_leaves_no_handler_behind():
    before = list(logging.getLogger().handlers), logging.getLogger().level
    handlers = Log(io.StringIO())
    handlers.apply("debug", "text")
    handlers.close()
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before
