"""Custom bodies: every placeholder, bare and inside strings."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent, matching_facts

DATA = (
    '{"project":{"id":"p1","name":"Web \\"app\\" \\u003c&>"},"issues_found":8,"ratio":1.10,'
    '"big":1E400,"scan_type":null,"ok":true,'
    '"scan_errors":[{"message":"out of memory\\n"},{"message":"<!channel>"}],"empty":"",'
    '"path":"C:\\\\src\\\\new", "sly":"{{event_id}}", "0":"zero", "with space":1, "é":"ü"}'
)


def event(data: str = DATA, event_type: str = "scan.completed") -> AcceptedEvent:
    return AcceptedEvent(
        "evt-1",
        event_type,
        "2025-01-15T14:30:00.999Z",
        data.encode(),
        *matching_facts(data.encode()),
    )


def render(template: str, *, slack: bool = False, data: str = DATA) -> str:
    return Template(template).render(EventValues(event(data)), slack=slack).decode()


def failure(template: str, data: str = DATA) -> TemplateFailure:
    with pytest.raises(TemplateFailure) as caught:
        render(template, data=data)
    return caught.value


@pytest.mark.parametrize(
    ("placeholder", "literal"),
    [
        ("{{time}}", "1736951400"),
        ("{{timestamp}}", '"2025-01-15T14:30:00.999Z"'),
        ("{{event_type}}", '"scan.completed"'),
        ("{{event_id}}", '"evt-1"'),
        ("{{ event_id }}", '"evt-1"'),
        ("{{  time}}", "1736951400"),
        ("{{data.project.id}}", '"p1"'),
        ("{{data.project}}", '{"id":"p1","name":"Web \\"app\\" \\u003c&>"}'),
        ("{{data.issues_found}}", "8"),
        ("{{data.ratio}}", "1.10"),
        ("{{data.big}}", "1E400"),
        ("{{data.scan_type}}", "null"),
        ("{{data.ok}}", "true"),
        ("{{data.empty}}", '""'),
        ("{{data.scan_errors.0.message}}", '"out of memory\\n"'),
        ("{{data.scan_errors.1}}", '{"message":"<!channel>"}'),
        ("{{data.scan_errors.2.message}}", "null"),
        ("{{data.scan_errors.-1}}", "null"),
        ("{{data.scan_errors.99999999999}}", "null"),
        ("{{data.scan_errors.x}}", "null"),
        ("{{data.missing}}", "null"),
        ("{{data.missing.deeper}}", "null"),
        ("{{data.project.name.deeper}}", "null"),
        ("{{data.0}}", '"zero"'),
        ("{{data.with space}}", "1"),
        ("{{data.é}}", '"ü"'),
    ],
)
def test_bare_a_placeholder_becomes_the_json_of_its_value(placeholder, literal):
    assert render('{"v":' + placeholder + "}") == '{"v":' + literal + "}"


@pytest.mark.parametrize(
    ("placeholder", "text"),
    [
        ("{{time}}", "1736951400"),
        ("{{timestamp}}", "2025-01-15T14:30:00.999Z"),
        ("{{event_type}}", "scan.completed"),
        ("{{data.project.name}}", 'Web "app" <&>'),
        ("{{data.ratio}}", "1.10"),
        ("{{data.ok}}", "true"),
        ("{{data.scan_type}}", ""),
        ("{{data.missing}}", ""),
        ("{{data.path}}", "C:\\src\\new"),
        ("{{data.scan_errors.0.message}}", "out of memory\n"),
        ("{{data.scan_errors.0}}", '{"message":"out of memory\\n"}'),
        ("{{data.é}}", "ü"),
    ],
)
def test_in_a_string_a_placeholder_becomes_its_text(placeholder, text):
    rendered = render('{"v":"[' + placeholder + ']"}')
    assert json.loads(rendered) == {"v": f"[{text}]"}


def test_the_payload_bare_is_the_payload():
    assert render('{"event":{{payload}}}') == '{"event":' + event().payload().decode() + "}"


def test_the_payload_in_a_string_is_its_compact_json():
    spaced = '{ "a" : 1.50,\n "b": [ 1, 2 ] }'
    rendered = json.loads(render('{"text":"{{payload}}"}', data=spaced))
    assert rendered["text"] == (
        '{"event_id":"evt-1","event_type":"scan.completed",'
        '"timestamp":"2025-01-15T14:30:00.999Z","data":{"a":1.50,"b":[1,2]}}'
    )


def test_values_are_never_expanded_again():
    assert json.loads(render('{"v":"{{data.sly}}"}')) == {"v": "{{event_id}}"}
    assert json.loads(render('{"v":{{data.sly}}}')) == {"v": "{{event_id}}"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (r'{"v":"\"{{event_id}}\""}', '"evt-1"'),
        (r'{"v":"\\{{event_id}}"}', "\\evt-1"),
        (r'{"v":"\u0022{{event_id}}"}', '"evt-1'),
        (r'{"v":"\\\"{{event_id}}\\"}', '\\"evt-1\\'),
        (r'{"v":"a","v":"{{event_id}}"}', "evt-1"),
        (r'{"v":{{event_id}} }', "evt-1"),
        ('{"v":"{{event_id}}{{event_id}}"}', "evt-1evt-1"),
        ('{"v":"{ {{event_id}} } }}"}', "{ evt-1 } }}"),
        ('{"v":"{{{event_id}}}"}', "{evt-1}"),
        ('{"{{event_id}}":1,"v":"k"}', "k"),
        ('{{{event_id}}:1,"v":"k"}', "k"),
    ],
)
def test_strings_are_followed_through_escapes_and_braces(template, value):
    assert json.loads(render(template))["v"] == value


def test_braces_of_nested_objects_are_no_placeholders():
    assert json.loads(render('{"a":{"b":{{time}}}}')) == {"a": {"b": 1736951400}}


@pytest.mark.parametrize("unknown", ["{{foo}}", "{{data}}", "{{ }}", "{{data..x}}", "{{DATA.x}}"])
def test_unknown_placeholders_stay_and_are_warned_about(unknown):
    template = Template('{"v":"' + unknown + ' {{event_id}}"}')
    assert json.loads(template.render(EventValues(event()))) == {"v": f"{unknown} evt-1"}
    (warning,) = template.warnings()
    assert "sent unchanged" in warning


def test_a_misspelt_placeholder_is_recognised():
    (warning,) = Template('{"v":"{{timestmp}}"}').warnings()
    assert "did you mean {{timestamp}}?" in warning


def test_slack_values_in_strings_are_escaped_for_slack():
    rendered = json.loads(
        render('{"text":"<b> {{data.scan_errors.1.message}} & {{data.project.name}}"}', slack=True)
    )
    assert rendered["text"] == '<b> &lt;!channel&gt; & Web "app" &lt;&amp;&gt;'


def test_slack_escapes_the_payload_in_a_string_but_no_bare_value():
    text = json.loads(render('{"text":"{{payload}}"}', slack=True))["text"]
    assert "&lt;!channel&gt;" in text
    assert "<" not in text
    assert json.loads(render('{"v":{{data.scan_errors.1}}}', slack=True)) == {
        "v": {"message": "<!channel>"}
    }


@pytest.mark.parametrize(
    ("template", "problem", "line", "column"),
    [
        ('{"a":{{time}}', "Expecting ',' delimiter", 1, 14),
        ('{"a":1,\n "b":{{time}}x}', "Expecting ',' delimiter", 2, 14),
        ('{"a":1,\n "b":{{foo}}}', "Expecting property name", 2, 7),
        ("[{{time}}]", "it is an array", 1, 1),
        ("{{event_id}}", "it is a string or a number", 1, 1),
        ("{{time}}", "it is a string or a number", 1, 1),
        ('{"a":NaN}', "there is no NaN in JSON", 1, 6),
        ('{"a":1}{{time}}', "Extra data", 1, 8),
        ('{"a":"\\{{event_id}}"}', "splits the escape", 1, 8),
        ('{"a":"\\u00{{event_id}}"}', "splits the escape", 1, 11),
        ('{"a":"\\ud83d"}', "surrogate", 1, 1),
        ('{"a":"\n"}', "Invalid control character", 1, 7),
        ("null", "it is null", 1, 1),
        ("[" * 100_000, "nests too deep", 1, 1),
    ],
)
def test_a_failure_says_what_and_where(template, problem, line, column):
    failed = failure(template)
    assert problem in str(failed)
    assert (failed.line, failed.column) == (line, column)
    assert f"line {line}, column {column}" in str(failed)


@pytest.mark.parametrize(
    "template", ['{"a":{{time}}', "[{{time}}]", "{{time}}", "hello", '{"a":"\\{{time}}"}']
)
def test_a_template_that_can_give_no_object_is_warned_about(template):
    (warning,) = Template(template).warnings()
    assert "gives no JSON object" in warning


@pytest.mark.parametrize(
    "template",
    ["{{payload}}", "{{data.project}}", '{"a":1{{time}}}', "{{{event_type}}:1}", '{"a":{{time}}}'],
)
def test_a_template_that_may_give_an_object_is_not(template):
    assert Template(template).warnings() == ()


def test_whether_it_is_an_object_can_depend_on_the_event():
    assert render("{{data.project}}").startswith('{"id"')
    assert "it is true or false" in str(failure("{{data.ok}}"))


def test_a_value_cannot_finish_an_escape_of_the_template_and_break_out():
    data = '{"x":"\\",\\"injected\\":\\""}'
    assert "splits the escape" in str(failure('{"v":"\\{{data.x}}"}', data))


def test_a_failure_repeats_nothing_of_the_template():
    assert "s3cret" not in str(failure('{"routing_key":"s3cret",}'))


def test_a_prepared_payload_is_used_as_it_is():
    values = EventValues(event(), b'{"ready":1}')
    assert Template('{"p":{{payload}}}').render(values) == b'{"p":{"ready":1}}'


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abx"), inner, max_size=3)
    ),
    max_leaves=6,
)
PIECES = st.sampled_from(
    ["{", "}", "[", "]", '"', ":", ",", "\\", "\\u00", "\\ud83d", "1", "null", "a", "é", " ",
     "{{data.a}}", "{{data.a.b}}", "{{data.x}}", "{{event_id}}", "{{payload}}", "{{time}}",
     "{{nope}}", '{"k":', '"{{data.a}}"', '"{{data.x.0}}"', "\n"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=14).map("".join),
    st.dictionaries(st.sampled_from("abx"), JSON),
    st.booleans(),
)
def test_a_template_gives_a_json_object_or_says_that_it_does_not(template, data, slack):
    compiled = Template(template)
    assert isinstance(compiled.warnings(), tuple)
    values = EventValues(event(json.dumps(data, ensure_ascii=False)))
    failed = None
    try:
        body = compiled.render(values, slack=slack)
    except TemplateFailure as caught:
        failed = caught
    if failed is None:
        assert isinstance(json.loads(body), dict)
    else:
        lines = template.split("\n")
        assert 1 <= failed.line <= len(lines)
        assert 1 <= failed.column <= len(lines[failed.line - 1]) + 1


@given(st.text(), st.booleans())
def test_any_text_keeps_its_meaning_in_a_string(text, slack):
    data = json.dumps({"x": text})
    rendered = json.loads(render('{"v":"{{data.x}}"}', data=data, slack=slack))["v"]
    if slack:
        rendered = rendered.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert rendered == text


@given(JSON)
def test_any_value_keeps_its_meaning_bare(value):
    data = json.dumps({"x": value})
    assert json.loads(render('{"v":{{data.x}}}', data=data)) == {"v": value}


def test_a_body_that_outgrows_its_event_is_not_made():
    """Six thousand placeholders and an event of 256 KiB would be a body of 1.5 GB."""
    data = f'{{"a":"{"x" * 200_000}"}}'
    for template in (
        '{"a":"%s"}' % ("{{payload}}" * 5_000),
        '{"a":[%s]}' % ("{{data.a}}," * 5_000),
    ):
        failed = failure(template, data)
        assert "16 times as large as the event" in str(failed)
        assert "xxx" not in str(failed)
    assert len(render('{"a":[%s{{data.a}}]}' % ("{{data.a}}," * 9), data=data)) > 2_000_000


def test_a_small_event_may_fill_many_places():
    assert len(render('{"a":[%s1]}' % ("{{timestamp}}," * 2_000), data="{}")) > 50_000


def test_a_path_may_be_longer_than_any_event_is_deep():
    deepest = '{"a":' * 63 + "1" + "}" * 63
    path = ".".join(["a"] * 63)
    assert render(f'{{"n":{{{{data.{path}}}}}}}', data=deepest) == '{"n":1}'
    path = ".".join(["a"] * 20_000)
    assert render(f'{{"n":{{{{data.{path}}}}},"s":"{{{{data.{path}}}}}"}}') == '{"n":null,"s":""}'
