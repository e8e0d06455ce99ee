"""Small parts: the table of endpoints, fields, CSV, the OpenAPI document."""

import csv
import io

import msgspec
import pytest

from daemon.api.all_endpoints import ENDPOINTS
from daemon.api.endpoint import Endpoint, EndpointTable
from daemon.api.handlers.exports import COLUMNS, HEAD, csv_lines
from daemon.api.handlers.openapi import document
from daemon.api.parameters import BodyFields
from daemon.domain.deliveries.outcome import ErrorKind, Failure
from daemon.protocol import Delivery
from daemon.protocol.refusal import Refusal


def endpoint(method, path):
    return Endpoint(method, path, "viewer", None, "", ())


TABLE = EndpointTable(
    [
        endpoint("GET", "/v1/things"),
        endpoint("POST", "/v1/things"),
        endpoint("GET", "/v1/things/{id}"),
        endpoint("DELETE", "/v1/things/{id}"),
        endpoint("POST", "/v1/things/test"),
        endpoint("GET", "/v1/things/{id}/more"),
    ]
)


def test_routes_are_found_with_their_arguments():
    assert TABLE.find("POST", "/v1/things").endpoint.method == "POST"
    found = TABLE.find("GET", "/v1/things/a%2Fb%20c")
    assert found.endpoint.path == "/v1/things/{id}"
    assert found.arguments == {"id": "a/b c"}
    assert TABLE.find("POST", "/v1/things/test").endpoint.path == "/v1/things/test"
    assert TABLE.find("GET", "/v1/things/test").arguments == {"id": "test"}
    assert TABLE.find("GET", "/v1/things/x/more").arguments == {"id": "x"}


def test_a_path_with_other_methods_names_them():
    assert TABLE.find("PUT", "/v1/things").allowed == ("GET", "POST")
    assert TABLE.find("PUT", "/v1/things/test").allowed == ("DELETE", "GET", "POST")
    for path in ("/v1/thing", "/v1/things/", "/v1/things/a/b", "/", "//v1/things"):
        assert TABLE.find("GET", path).allowed == ()


def complaints(form, ask):
    fields = BodyFields(form)
    ask(fields)
    with pytest.raises(Refusal) as refused:
        fields.done()
    return {error.field: error.message for error in refused.value.problem.errors}


def ask_all(fields):
    fields.text("text")
    fields.switch("switch")
    fields.whole("whole", 1)
    fields.positive("rate")
    fields.time("at", 0)


def test_all_fields_complain_at_once():
    form = {"text": 1, "switch": 1, "whole": True, "rate": 0, "at": "soon", "else": None}
    assert complaints(form, ask_all).keys() == form.keys()
    assert "its fields are at, rate, switch, text, whole" in complaints(form, ask_all)["else"]
    assert complaints({"whole": 0, "rate": -1.5}, ask_all).keys() == {"whole", "rate"}
    assert complaints({"whole": 10**30}, ask_all).keys() == {"whole"}


def test_sound_fields():
    fields = BodyFields({"whole": 3, "rate": 2, "switch": True, "at": "1970-01-02", "text": None})
    assert fields.whole("whole", 1) == 3
    assert fields.positive("rate") == 2.0
    assert fields.switch("switch") is True
    assert fields.time("at", 0) == 86_400_000
    assert fields.text("text") is None
    fields.done()


def delivery(**more):
    values = {
        "id": "d1", "event_id": "e1", "event_type": "scan.completed", "webhook_id": "wh_1",
        "webhook_name": "hook", "url": "https://example.com/", "project": None,
        "project_name": None, "status": "failed", "in_flight": False, "http_status": 500,
        "error": None, "reason": None, "attempt": 3, "max_attempts": 3, "duration_ms": 12,
        "created_at": "2025-01-15T14:30:00.000Z", "next_attempt_at": None,
        "finished_at": "2025-01-15T14:30:06.000Z", "kind": "event",
    }  # fmt: skip
    return Delivery(**{**values, **more})


def cells(*deliveries):
    text = (HEAD + csv_lines(deliveries)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_of_csv():
    (row,) = cells(delivery(error=Failure(ErrorKind.HTTP, "500 Internal Server Error")))
    assert list(row) == list(COLUMNS)
    assert row["error"] == "500 Internal Server Error"
    assert row["project"] == ""
    assert row["duration_ms"] == "12"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start):
    hostile = f'{start}cmd|"x",y\r\nz'
    (row,) = cells(delivery(webhook_name=hostile, error=Failure(ErrorKind.HTTP, hostile)))
    shown = hostile.replace("\rcmd", "␍cmd")  # a lone CR would go back to the line's start
    assert row["webhook_name"] == row["error"] == f"'{shown}"


def test_what_is_no_formula_stays():
    (row,) = cells(delivery(webhook_name='a "quoted", name', reason="a=b"))
    assert row["webhook_name"] == 'a "quoted", name'
    assert row["error"] == "a=b"


def test_every_call_is_in_the_document():
    described = document(ENDPOINTS)
    assert {(path, method) for path, item in described["paths"].items() for method in item} == {
        (endpoint.path, endpoint.method.lower()) for endpoint in ENDPOINTS
    }
    refs = set(_refs(described))
    assert {ref.rpartition("/")[2] for ref in refs} <= described["components"]["schemas"].keys()
    msgspec.json.encode(described)


def _refs(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            yield from _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)
