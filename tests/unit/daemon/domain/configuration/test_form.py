"""What was entered for a webhook: taken, or refused with every error at once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.configuration.form import InvalidWebhook, read_webhook
from daemon.domain.events.catalogue import known_types
from daemon.domain.webhooks.config import (
    Condition,
    DestinationType,
    Header,
    RetryPolicy,
    WebhookConfig,
)

KNOWN = known_types(["sla.violation"])
LEAST = {"name": "Tickets", "url": "https://example.com/hook", "events": ["scan.completed"]}
STORED = WebhookConfig(
    "Tickets",
    "https://example.com/hook",
    ("scan.completed",),
    secret="a-secret-of-more-than-32-characters",
    headers=(
        Header("Authorization", "Bearer 0123456789"),
        Header("X-Tenant", "acme", credential=True),
        Header("X-Plain", "visible"),
    ),
)


def read(previous: WebhookConfig | None = None, **changes) -> WebhookConfig:
    return read_webhook({**LEAST, **changes}, known_types=KNOWN, previous=previous).config


def errors(previous: WebhookConfig | None = None, **changes) -> dict[str, str]:
    with pytest.raises(InvalidWebhook) as caught:
        read_webhook({**LEAST, **changes}, known_types=KNOWN, previous=previous)
    return {error.field: error.message for error in caught.value.errors}


def test_absent_keys_take_their_defaults():
    assert read() == WebhookConfig("Tickets", "https://example.com/hook", ("scan.completed",))


def test_a_full_form_is_read_whole():
    config = read(
        type="slack",
        events=["scan.*", "issue.status_changed", "sla.violation"],
        projects=["p1", 7],
        statuses=["open", "fixed"],
        conditions=[{"path": "data.urgency", "op": "in", "value": ["CR", "HI"]}],
        secret="s" * 32,
        headers=[{"name": "X-Tenant", "value": "acme corp"}],
        body_template='{"text":"{{event_type}}"}',
        standard_webhooks=True,
        retry={"schedule": [2, 4.5], "timeout": 5, "concurrency": 3, "rate": 0.5},
    )
    assert config == WebhookConfig(
        "Tickets",
        "https://example.com/hook",
        ("scan.*", "issue.status_changed", "sla.violation"),
        type=DestinationType.SLACK,
        projects=("p1", "7"),
        statuses=("open", "fixed"),
        conditions=(Condition("data.urgency", "in", ["CR", "HI"]),),
        secret="s" * 32,
        headers=(Header("X-Tenant", "acme corp"),),
        body_template='{"text":"{{event_type}}"}',
        standard_webhooks=True,
        retry=RetryPolicy(schedule=(2, 4.5), timeout=5, concurrency=3, rate=0.5),
    )


def test_everything_wrong_is_said_at_once():
    found = errors(
        name=" ",
        url="http://example.com",
        type="discord",
        events=["scan.complete"],
        projects=[""],
        statuses=["closed"],
        conditions=[{"path": "urgency", "op": "is", "value": 1}],
        secret="",
        headers=[{"name": "Host", "value": "a\r\nb"}],
        body_template=5,
        standard_webhooks="yes",
        retry={"timeout": 0},
        colour="red",
    )
    assert set(found) == {
        "name", "url", "type", "events.0", "projects.0", "statuses.0", "conditions.0.path",
        "conditions.0.op", "secret", "headers.0.name", "headers.0.value", "body_template",
        "standard_webhooks", "retry.timeout", "colour",
    }  # fmt: skip


def test_an_empty_form_names_what_is_missing():
    with pytest.raises(InvalidWebhook) as caught:
        read_webhook({}, known_types=KNOWN)
    assert [error.field for error in caught.value.errors] == ["name", "url", "events"]


def test_read_only_keys_are_ignored_and_unknown_ones_are_not():
    config = read(id="x", state="paused", version=3, statistics={}, managed_by=None)
    assert config == read()
    assert "did you mean events?" in errors(event=["scan.completed"])["event"]


@pytest.mark.parametrize("name", ["", "  ", None, 5, "a\nb", "a\tb", "\u202eevil", "a" * 101, " a"])
def test_bad_names(name):
    assert set(errors(name=name)) == {"name"}


@pytest.mark.parametrize("name", ["Slack #security", "Zoë: hook", "🔐", "a" * 100])
def test_good_names(name):
    assert read(name=name).name == name


@pytest.mark.parametrize(
    ("events", "field", "said"),
    [
        ([], "events", "at least one"),
        (None, "events", "at least one"),
        ("scan.completed", "events", "must be a list"),
        ([5], "events.0", "must be a string"),
        (["scan.complete"], "events.0", "did you mean scan.completed?"),
        (["scan.completed", "scan.completed"], "events.1", "twice"),
        (["webhook.test"], "events.0", "sent by Test"),
        (["*"], "events.0", "issue.*, scan.*, sla.*, user.*"),
        (["scans.*"], "events.0", "did you mean scan.*?"),
        (["scan.comp*"], "events.0", "is not a known event type"),
    ],
)
def test_bad_events(events, field, said):
    found = errors(events=events)
    assert said in found[field]
    assert set(found) == {field}


@pytest.mark.parametrize(
    ("projects", "field"),
    [("p1", "projects"), ([None], "projects.0"), ([True], "projects.0"), (["a", "a"], "projects.1"),
     ([1, "1"], "projects.1"), (["a\nb"], "projects.0"), ([1.5], "projects.0")],
)  # fmt: skip
def test_bad_projects(projects, field):
    assert set(errors(projects=projects)) == {field}


def test_a_status_that_is_unknown_names_the_vocabulary():
    message = errors(statuses=["fix"])["statuses.0"]
    assert "accepted_risk, duplicate, false_positive, fix_in_progress, fixed, open" in message


@pytest.mark.parametrize(
    "secret", ["", 5, {"set": True, "hint": "••••abcd"}, "••••abcd", "a\nb", "a\x00b", "\ud800",
               "x" * 1001]
)  # fmt: skip
def test_bad_secrets(secret):
    found = errors(STORED, secret=secret)
    assert set(found) == {"secret"}
    assert "abcd" not in found["secret"]


def test_a_secret_is_kept_removed_or_set():
    assert read(STORED).secret == STORED.secret
    assert read(STORED, secret=None).secret is None
    assert read(STORED, secret="new secret é").secret == "new secret é"
    assert read().secret is None


def test_headers_without_value_keep_the_stored_one_whatever_the_case():
    config = read(STORED, headers=[{"name": "authorization"}, {"name": "X-Plain", "value": "new"}])
    assert config.headers == (
        Header("authorization", "Bearer 0123456789", credential=True),
        Header("X-Plain", "new"),
    )


def test_headers_that_are_absent_are_gone():
    assert read(STORED).headers == ()


def test_a_kept_credential_stays_one():
    assert read(STORED, headers=[{"name": "X-Tenant"}]).headers == (
        Header("X-Tenant", "acme", credential=True),
    )
    found = errors(STORED, headers=[{"name": "X-Tenant", "credential": False}])
    assert "give a new value" in found["headers.0.credential"]


def test_a_header_can_be_marked_and_is_by_its_name():
    config = read(
        headers=[
            {"name": "X-A", "value": "v", "credential": True},
            {"name": "X-Api-Key", "value": "v", "credential": False},
        ]
    )
    assert [header.credential for header in config.headers] == [True, True]


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive",
     "Accept-Encoding", "Expect", "TE", "Trailer", "Upgrade", "User-Agent", "Proxy-Authorization",
     "X-Corgea-Anything", "webhook-id", "WEBHOOK-X", "", "a b", "a:b", "é", "a\n", None, 5,
     "x" * 129],
)  # fmt: skip
def test_bad_header_names(name):
    assert set(errors(headers=[{"name": name, "value": "v"}])) == {"headers.0.name"}


@pytest.mark.parametrize(
    "value",
    ["", " a", "a ", "a\r\nX: y", "a\nb", "a\rb", "a\x00b", "a\tb", "é", "\x7f", 5, "••••abcd",
     "x" * 8001, ["a"]],
)  # fmt: skip
def test_bad_header_values(value):
    assert set(errors(headers=[{"name": "X-A", "value": value}])) == {"headers.0.value"}


def test_header_rows_of_other_shapes():
    assert set(errors(headers="X-A: b")) == {"headers"}
    assert set(errors(headers=["X-A: b"])) == {"headers.0"}
    assert set(errors(headers=[{"name": "X-A"}])) == {"headers.0.value"}
    assert set(errors(headers=[{"name": "X-A", "value": "v", "secret": 1}])) == {"headers.0.secret"}
    twice = [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]
    assert set(errors(headers=twice)) == {"headers.1.name"}
    many = [{"name": f"X-{n}", "value": "1"} for n in range(51)]
    assert set(errors(headers=many)) == {"headers"}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("data.x = 1", ""),
        ({"op": "=", "value": 1}, ".path"),
        ({"path": "urgency", "op": "=", "value": 1}, ".path"),
        ({"path": "data..x", "op": "=", "value": 1}, ".path"),
        ({"path": "data.x\n", "op": "=", "value": 1}, ".path"),
        ({"path": "data.x", "op": "==", "value": 1}, ".op"),
        ({"path": "data.x", "op": ["="], "value": 1}, ".op"),
        ({"path": "data.x"}, ".op"),
        ({"path": "data.x", "op": "in", "value": "CR"}, ".value"),
        ({"path": "data.x", "op": "in", "value": []}, ".value"),
        ({"path": "data.x", "op": "<", "value": None}, ".value"),
        ({"path": "data.x", "op": ">", "value": True}, ".value"),
        ({"path": "data.x", "op": "starts_with", "value": 5}, ".value"),
        ({"path": "data.x", "op": "present", "value": 5}, ".value"),
        ({"path": "data.x", "op": "=", "value": float("nan")}, ".value"),
        ({"path": "data.x", "op": "=", "value": "\ud800"}, ".value"),
        ({"path": "data.x", "op": "=", "value": {1, 2}}, ".value"),
        ({"path": "data.x", "op": "=", "value": "x" * 10_001}, ".value"),
        ({"path": "data.x", "op": "=", "value": json.loads("[" * 20 + "]" * 20)}, ".value"),
        ({"path": "data.x", "op": "=", "value": 1, "not": True}, ".not"),
    ],
)
def test_bad_conditions(row, field):
    assert set(errors(conditions=[row])) == {f"conditions.0{field}"}


@pytest.mark.parametrize(
    "row",
    [
        {"path": "data.assigned_to", "op": "present"},
        {"path": "data.assigned_to", "op": "missing", "value": None},
        {"path": "data.assigned_to", "op": "=", "value": None},
        {"path": "event_type", "op": "!=", "value": "scan.failed"},
        {"path": "data.scan_errors.0.level", "op": "=", "value": "error"},
        {"path": "data.tags", "op": "=", "value": ["a", {"b": 1}]},
    ],
)
def test_good_conditions(row):
    (condition,) = read(conditions=[row]).conditions
    assert (condition.path, condition.op, condition.value) == (
        row["path"],
        row["op"],
        row.get("value"),
    )


@pytest.mark.parametrize(
    ("retry", "field"),
    [
        ([], "retry"),
        ({"schedule": 2}, "retry.schedule"),
        ({"schedule": [-1]}, "retry.schedule"),
        ({"schedule": ["2"]}, "retry.schedule"),
        ({"schedule": [float("inf")]}, "retry.schedule"),
        ({"schedule": [1] * 21}, "retry.schedule"),
        ({"timeout": 0}, "retry.timeout"),
        ({"timeout": True}, "retry.timeout"),
        ({"timeout": float("nan")}, "retry.timeout"),
        ({"timeout": 10**400}, "retry.timeout"),
        ({"concurrency": 0}, "retry.concurrency"),
        ({"concurrency": 1.5}, "retry.concurrency"),
        ({"rate": 0}, "retry.rate"),
        ({"attempts": 5}, "retry.attempts"),
    ],
)
def test_bad_retry(retry, field):
    assert set(errors(retry=retry)) == {field}


def test_absent_retry_keys_are_left_to_the_settings():
    assert read(retry={}).retry == read(retry=None).retry == RetryPolicy()
    assert read(retry={"schedule": [], "rate": None}).retry == RetryPolicy(schedule=())


@pytest.mark.parametrize("blank", [None, "", "  \n"])
def test_a_blank_body_is_the_default_payload(blank):
    assert read(body_template=blank).body_template is None


def test_a_bad_body_type():
    assert set(errors(body_template={"text": "x"})) == {"body_template"}
    assert set(errors(body_template='"\ud800"')) == {"body_template"}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["scan.*", "=", "in", "data.x", "X-A", "••••abcd", "https://a.example/"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "value", "credential", "path", "op", "schedule", "rate", "?"]),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["name", "url", "type", "events", "projects", "statuses", "conditions", "secret", "headers",
     "body_template", "standard_webhooks", "retry", "id", "nonsense"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, ANY), st.booleans())
def test_no_form_does_anything_else_than_be_taken_or_refused(form, edited):
    try:
        checked = read_webhook(
            {**LEAST, **form}, known_types=KNOWN, previous=STORED if edited else None
        )
    except InvalidWebhook as refused:
        found = refused.errors
    else:
        found = checked.warnings
        json.dumps([condition.value for condition in checked.config.conditions], allow_nan=False)
    assert all(error.message and error.field for error in found)
