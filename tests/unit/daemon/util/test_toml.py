"""Keys are found on the line on which they stand, whatever surrounds them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.util.toml import LineIndex, TomlSyntaxError, decode, parse

DOCUMENT = '''\
# a comment with [brackets] and = signs
first = 1
dotted.key = """text
with = "more" [than] one line"""  # and "quotes"

[section]
list = [ 1, # ] not the end
  2,
  [3, 4],
  # between
]
"quo.ted" = { x = 1, y = ["a,b", {z = 2}] }

[[webhook]]
name = 'a'
headers = [
  { name = "X", value = "[" },
  { name = "Y" },
]
[webhook.retry]
timeout = 1979-05-27 07:32:00

[[webhook]]
body = \'\'\'
 ' '' = [x]
\'\'\'\'\'
after = """""two"""
[[webhook.row]]
path = 1
[[webhook.row]]
path = 2
last = true'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("first",), 2),
        (("dotted", "key"), 3),
        (("section",), 6),
        (("section", "list"), 7),
        (("section", "list", 1), 8),
        (("section", "list", 2, 1), 9),
        (("section", "quo.ted", "y", 1, "z"), 12),
        (("webhook", 0), 14),
        (("webhook", 0, "headers", 1, "name"), 18),
        (("webhook", 0, "retry", "timeout"), 21),
        (("webhook", 1), 23),
        (("webhook", 1, "body"), 24),
        (("webhook", 1, "after"), 27),
        (("webhook", 1, "row", 0, "path"), 29),
        (("webhook", 1, "row", 1, "path"), 31),
        (("webhook", 1, "row", 1, "last"), 32),
    ],
)
def test_every_key_and_item_has_its_line(path, line):
    assert parse(DOCUMENT)[1].line(*path) == line


def test_what_is_missing_has_the_line_of_what_would_hold_it():
    places = parse(DOCUMENT)[1]
    assert places.line("webhook", 1, "name") == 23
    assert places.line("section", "nothing", 4) == 6
    assert places.line("nowhere") == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\n[b\n", 2), ('x = """\n\n', 3), ("a = 1\na = 2", 2), ("=", 1)],
)
def test_a_syntax_error_has_its_line(text, line):
    with pytest.raises(TomlSyntaxError) as caught:
        parse(text)
    assert caught.value.line == line
    assert "at line" not in str(caught.value)


def test_nesting_without_end_is_a_syntax_error():
    with pytest.raises(TomlSyntaxError, match="deep"):
        parse("a = " + "[" * 100_000)


def test_bytes_that_are_not_utf8_have_their_line():
    with pytest.raises(TomlSyntaxError) as caught:
        decode(b'a = 1\nb = "\xff"\n')
    assert caught.value.line == 2


bits = st.sampled_from(
    [
        "a",
        "b",
        ".",
        '"c"',
        "=",
        " ",
        "\n",
        "\r\n",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        "1",
        "#",
        "'x'",
    ]
)


@given(st.lists(bits, max_size=14).map("".join))
def test_whatever_parses_can_be_placed(text):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    LineIndex(text)
