"""References in webhook files: where they may stand, and what is said when they lead nowhere."""

import pytest

from daemon.domain.configuration.references import UnresolvedReference, resolve

ENVIRONMENT = {"TOKEN": "t0ken", "EMPTY": "", "NESTED": "${TOKEN}"}.get


def read_file(path: str) -> str:
    if path != "secrets/key":
        raise UnresolvedReference(f"no {path}")
    return "from a file ${TOKEN}\r\n"


def resolved(form):
    result, failures = resolve(form, ENVIRONMENT, read_file)
    assert failures == []
    return result


@pytest.mark.parametrize("field", ["url", "secret", "body_template"])
def test_fields_that_are_sent_take_values_from_elsewhere(field):
    assert resolved({field: "a ${TOKEN} b${EMPTY}"}) == {field: "a t0ken b"}
    assert resolved({field: "file:secrets/key"}) == {field: "from a file ${TOKEN}"}


def test_header_values_do_too():
    headers = [{"name": "Authorization", "value": "Bearer ${TOKEN}"}, {"name": "X"}, "bad"]
    assert resolved({"headers": headers})["headers"] == [
        {"name": "Authorization", "value": "Bearer t0ken"},
        {"name": "X"},
        "bad",
    ]


def test_what_is_put_in_is_not_looked_at_again():
    assert resolved({"secret": "${NESTED}"}) == {"secret": "${TOKEN}"}


def test_two_dollars_mean_one():
    assert resolved({"body_template": '{"a": "$${TOKEN} $5 {{time}} $"}'}) == {
        "body_template": '{"a": "${TOKEN} $5 {{time}} $"}'
    }


def test_other_fields_are_left_alone():
    form = {"name": "${TOKEN}", "events": ["file:x"], "conditions": [{"value": "${TOKEN}"}]}
    assert resolved(form) == form


def test_what_has_no_text_is_left_to_the_forms_checks():
    form = {"url": 5, "secret": None, "headers": "X"}
    assert resolved(form) == form


def test_what_leads_nowhere_is_reported_by_field():
    form = {
        "url": "https://${HOST}/x",
        "secret": "file:other",
        "body_template": "${not a name}",
        "headers": [{"name": "X", "value": "${NO}"}],
    }
    result, failures = resolve(form, ENVIRONMENT, read_file)
    assert result == form
    assert [field for field, _ in failures] == ["url", "secret", "body_template", "headers.0.value"]
    assert "takes HOST from the environment, where it is not set" in failures[0][1]
    assert failures[1][1] == "no other"
    assert "write $${ for a plain ${" in failures[2][1]


def test_a_forms_own_values_are_not_changed():
    form = {"headers": [{"name": "X", "value": "${TOKEN}"}]}
    resolved(form)
    assert form["headers"][0]["value"] == "${TOKEN}"
