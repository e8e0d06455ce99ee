"""Webhooks written as TOML read back the same, hold no secret, and errors have their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.configuration.webhook_toml import (
    WebhookFileProblem,
    dump_webhooks,
    load_webhooks,
)
from daemon.util.toml import inline, text

SHOWN = {
    "id": "1",
    "name": "Slack #security",
    "url": "https://hooks.slack.com/services/T/B/x",
    "type": "slack",
    "events": ["scan.completed", "issue.*"],
    "projects": [],
    "statuses": ["open"],
    "conditions": [
        {"path": "data.urgency", "op": "in", "value": ["CR", "HI"]},
        {"path": "data.branch", "op": "=", "value": None},
        {"path": "data.url", "op": "present", "value": None},
    ],
    "secret": {"set": True, "hint": "••••9f2c"},
    "headers": [
        {"name": "X-Env", "value": "prod", "credential": False},
        {"name": "Authorization", "value": "••••abcd", "credential": True},
    ],
    "body_template": '{\n  "text": "*{{event_type}}* it\'s \\"new\\""\n}',
    "state": "active",
    "version": 3,
    "standard_webhooks": False,
    "retry": {"schedule": [2.0, 4.0], "timeout": 10.0, "concurrency": 16, "rate": 1.0},
    "retry_set": {"rate": 1.0},
}

WRITTEN = """\
[[webhook]]
name = "Slack #security"
url = "https://hooks.slack.com/services/T/B/x"
type = "slack"
events = ["scan.completed", "issue.*"]
statuses = ["open"]
conditions = [
  { path = "data.urgency", op = "in", value = ["CR", "HI"] },
  { path = "data.branch", op = "=", json = "null" },
  { path = "data.url", op = "present" },
]
# secret = "••••9f2c"  # left out, it stays as it is
headers = [
  { name = "X-Env", value = "prod" },
  { name = "Authorization", credential = true },  # value = "••••abcd" left out, it stays as it is
]
retry = { rate = 1.0 }
body_template = '''
{
  "text": "*{{event_type}}* it's \\"new\\""
}'''
"""


def test_a_webhook_is_written_for_people_to_read():
    assert dump_webhooks([SHOWN]) == WRITTEN


def test_what_is_written_reads_back_as_the_form_of_the_same_webhook():
    (parsed,) = load_webhooks(WRITTEN)
    assert parsed.form == {
        "name": "Slack #security",
        "url": "https://hooks.slack.com/services/T/B/x",
        "type": "slack",
        "events": ["scan.completed", "issue.*"],
        "statuses": ["open"],
        "conditions": [
            {"path": "data.urgency", "op": "in", "value": ["CR", "HI"]},
            {"path": "data.branch", "op": "=", "value": None},
            {"path": "data.url", "op": "present"},
        ],
        "headers": [
            {"name": "X-Env", "value": "prod"},
            {"name": "Authorization", "credential": True},
        ],
        "retry": {"rate": 1.0},
        "body_template": SHOWN["body_template"],
    }


def test_several_webhooks_stand_under_each_other():
    written = dump_webhooks([{"name": "a", "url": "u", "events": []}] * 2)
    one = '[[webhook]]\nname = "a"\nurl = "u"\nevents = []\n'
    assert written == f"{one}\n{one}"
    assert [each.line for each in load_webhooks(written)] == [1, 6]


def test_no_webhooks_make_an_empty_file():
    assert dump_webhooks([]) == ""
    assert load_webhooks("") == []


def test_a_value_that_is_no_mask_is_never_written_as_a_hint():
    written = dump_webhooks(
        [
            {
                **SHOWN,
                "secret": {"set": True, "hint": "hunter2"},
                "headers": [{"name": "X-Token", "value": "hunter2", "credential": True}],
            },
            {**SHOWN, "secret": "hunter2", "headers": []},
        ]
    )
    assert "hunter2" not in written


def test_fields_have_their_lines():
    (parsed,) = load_webhooks(WRITTEN)
    assert parsed.line == 1
    assert parsed.line_of("url") == 3
    assert parsed.line_of("conditions.1.op") == 9
    assert parsed.line_of("headers.1.value") == 15
    assert parsed.line_of("retry.rate") == 17
    assert parsed.line_of("projects") == 1


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ("[[webhook]\n", [(1, "Expected ']]' at the end of an array declaration")]),
        ("[[webhook]]\nname = 'a'\nname = 'b'", [(3, "Cannot overwrite a value")]),
        ("[webhook]\nname = 'a'", [(1, "write [[webhook]], in double brackets")]),
        ("webhook = [1]", [(1, "write [[webhook]], in double brackets")]),
        (
            "name = 'a'\n[[webhooks]]\nname = 'a'\n[other]\n",
            [
                (1, "unknown key 'name'; a webhook begins with [[webhook]]"),
                (2, "unknown key 'webhooks'; a webhook begins with [[webhook]]"),
                (
                    4,
                    "unknown key 'other'; the file may have only [[webhook]] tables",
                ),
            ],
        ),
        (
            "[[webhook]]\nname = 2020-01-01\n[[webhook]]\nconditions = [\n{value = nan}]",
            [
                (2, "name is a date without quotes; put quotes around it"),
                (5, "conditions.0.value is not a number that JSON has"),
            ],
        ),
        (
            "[[webhook]]\nconditions = [{json = '{'}]",
            [(2, "conditions.0.json must be text that holds a JSON value")],
        ),
    ],
)
def test_what_is_no_webhook_file_is_reported_with_lines(document, problems):
    with pytest.raises(WebhookFileProblem) as caught:
        load_webhooks(document)
    assert list(caught.value.problems) == problems


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
lines = st.text(st.sampled_from("ab'\"\\\n\r\t {}\x7f\x9b…"), max_size=20)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
conditions = st.fixed_dictionaries(
    {"path": words, "op": st.sampled_from(["=", "in"]), "value": anything}
) | st.fixed_dictionaries({"path": words, "op": st.just("missing")})
forms = st.fixed_dictionaries(
    {"name": words, "url": words, "events": st.lists(words, max_size=3)},
    optional={
        "type": st.sampled_from(["slack", "zapier"]),
        "projects": st.lists(words, min_size=1, max_size=2),
        "statuses": st.lists(words, min_size=1, max_size=2),
        "conditions": st.lists(conditions, min_size=1, max_size=3),
        "headers": st.lists(
            st.fixed_dictionaries({"name": words, "value": words})
            | st.fixed_dictionaries({"name": words, "credential": st.just(True)}),
            min_size=1,
            max_size=3,
        ),
        "body_template": lines | words,
        "standard_webhooks": st.just(True),
        "retry": st.fixed_dictionaries(
            {"timeout": numbers, "schedule": st.lists(numbers, max_size=2)}
        ),
    },
)


@given(st.lists(forms, max_size=3))
def test_any_form_survives_the_way_through_a_file(given_forms):
    document = dump_webhooks(given_forms)
    assert [each.form for each in load_webhooks(document)] == given_forms
    assert all(each.isprintable() or each in "\n\t" for each in document)


@given(lines | words)
def test_any_text_is_one_toml_string(value):
    for written in (inline(value), text(value, lines=True)):
        assert load_webhooks(f"[[webhook]]\nname = {written}\n")[0].form == {"name": value}


@given(st.text(st.sampled_from("[]webhok=\n'\"{}1.-"), max_size=30))
def test_any_document_is_read_or_refused(document):
    try:
        load_webhooks(document)
    except WebhookFileProblem as problem:
        assert problem.problems  # noqa: PT017  # either is right
