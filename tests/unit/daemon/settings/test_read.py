"""Reading daemon.toml: strict, complete, with the place of every error."""

from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from daemon.protocol import SettingProblem
from daemon.settings import (
    LOOPBACK,
    ExtraType,
    Settings,
    SettingsInvalid,
    load_settings,
    problem_line,
)
from daemon.settings.read import read_settings


def read(text: str, *, system: bool = False) -> Settings:
    return read_settings(text.encode(), "daemon.toml", system=system)


def problems_of(raw: bytes) -> tuple[SettingProblem, ...]:
    try:
        read_settings(raw, "f")
    except SettingsInvalid as invalid:
        return invalid.problems
    return ()


def complaints(text: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        read(text)
    return [problem_line(problem) for problem in caught.value.problems]


def test_nothing_said_means_the_documented_defaults(tmp_path):
    settings = load_settings(tmp_path / "daemon.toml")
    assert settings == Settings() == read("")
    assert settings.store.retention_days == 30
    assert settings.inbox.max_event_bytes == 262_144
    assert settings.delivery.schedule == (2.0, 4.0)
    assert settings.delivery.timeout == 10.0
    assert settings.delivery.pause_after == 10
    assert settings.delivery.concurrency == 128
    assert settings.delivery.per_webhook_concurrency == 16
    assert settings.delivery.retry_after_max == 60.0


def test_loopback_is_open_for_the_per_user_daemon_only(tmp_path):
    assert read("").network.allow == LOOPBACK
    assert read("", system=True).network.allow == ()
    assert read("[network]\nproxy='http://p:1'", system=True).network.allow == ()
    assert read('[network]\nallow=["10.0.0.0/8"]', system=True).network.allow == ("10.0.0.0/8",)
    assert load_settings(tmp_path / "none", system=True).network.allow == ()


def test_everything_can_be_set():
    settings = read("""
        [store]
        url = "sqlite:////srv/corgea.db"
        retention_days = 0
        retention_bytes = "10 GiB"
        [inbox]
        max_event_bytes = 1024
        max_waiting = 5
        [delivery]
        schedule = ["500ms", 1, 2.5, "2m"]
        timeout = "1.5s"
        retry_after_max = "1h"
        drain = 0
        [network]
        allow = ["10.1.2.3", "fd00::/8"]
        proxy = "http://user:word@proxy.example.com:3128"
        [access]
        group = "corgea"
        users = { alice = "admin", "1000" = "viewer" }
        [access.groups]
        oncall = "operator"
        [notify]
        command = ["/bin/notify", ""]
        [log]
        level = "debug"
        format = "json"
    """)
    assert settings.store.url == "sqlite:////srv/corgea.db"
    assert settings.store.retention_days is None
    assert settings.store.retention_bytes == 10 * 2**30
    assert settings.inbox.max_event_bytes == 1024
    assert settings.delivery.schedule == (0.5, 1.0, 2.5, 120.0)
    assert settings.delivery.timeout == 1.5
    assert settings.delivery.retry_after_max == 3600.0
    assert settings.delivery.drain == 0.0
    assert settings.network.allow == ("10.1.2.3/32", "fd00::/8")
    assert settings.access.users == {"alice": "admin", "1000": "viewer"}
    assert settings.access.groups == {"oncall": "operator"}
    assert settings.notify.command == ("/bin/notify", "")
    assert settings.log.level == "debug"


def test_event_types_are_declared_as_names_or_with_words():
    assert read('[events]\ntypes = ["sla.violation"]').events.types == (ExtraType("sla.violation"),)
    declared = read("""
        [events.types."sla.violation"]
        description = "An issue is late"
        sample = '{"late_by": null}'
    """)
    assert declared.events.types == (
        ExtraType("sla.violation", "An issue is late", '{"late_by": null}'),
    )


def test_all_errors_come_at_once_in_the_order_of_their_lines():
    seconds = 'must be a number of seconds, or text like "10s" or "2m"'
    roles = 'must be one of "producer", "viewer", "operator", "admin"'
    assert complaints("""timeout = 3
[delivry]
x = 1
[delivery]
timeot = 3
timeout = true
schedule = [
  1,
  "soon",
  -1,
]
level = "info"
[access.users]
alice = "boss"
[access.groups]
"a\\u001bb" = 1
""") == [
        "daemon.toml:1: timeout belongs in a section: [delivery]",
        "daemon.toml:2: unknown section [delivry]; did you mean [delivery]?",
        "daemon.toml:5: unknown key timeot in [delivery]; did you mean timeout?",
        f"daemon.toml:6: delivery.timeout {seconds}",
        f"daemon.toml:9: delivery.schedule.1 {seconds}",
        "daemon.toml:10: delivery.schedule.2 must be between 0 and 604800 seconds",
        "daemon.toml:12: unknown key level in [delivery]; it belongs in [log]",
        f"daemon.toml:14: access.users.alice {roles}",
        f"daemon.toml:16: access.groups.a␛b {roles}",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("store = 1", "store must be a section: [store]"),
        ("zzz = 1", "unknown section [zzz]; there are [store], [inbox]"),
        ("[log]\nqqq = 1", "unknown key qqq in [log]; there are level, format"),
        ("[store]\nretention_days = 1.5", "store.retention_days must be a whole number"),
        ("[store]\nretention_days = false", "store.retention_days must be a whole number"),
        ("[store]\nretention_days = -1", "store.retention_days must be between 1 and 36500"),
        ("[store]\nretention_bytes = '5 pounds'", "must be a number of bytes"),
        ("[store]\nretention_bytes = '1'", "between 1048576 and"),
        ("[store]\nurl = 'postgresql://x/y'", 'must be text like "sqlite:////'),
        ("[store]\nurl = 'sqlite:///relative.db'", "four slashes"),
        ("[inbox]\nmax_event_bytes = true", "must be a whole number"),
        ("[inbox]\nmax_waiting = 0", "must be between 1 and"),
        ("[delivery]\nschedule = 2", "must be a list of durations"),
        ("[delivery]\nschedule = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "at most 20"),
        ("[delivery]\ntimeout = 0", "between 0.05 and 600 seconds"),
        ("[delivery]\ntimeout = nan", "must be a number of seconds"),
        ("[delivery]\ntimeout = inf", "must be a number of seconds"),
        ("[delivery]\ntimeout = '1 fortnight'", "must be a number of seconds"),
        ("[network]\nallow = '10.0.0.0/8'", "must be a list of address ranges"),
        ("[network]\nallow = [1]", "network.allow.0 must hold address ranges as text"),
        ("[network]\nallow = ['10.0.0.1/8']", "has host bits set"),
        ("[network]\nallow = ['example.com']", "write an address range like"),
        ("[network]\nproxy = 'proxy:3128'", "must be text like"),
        ("[network]\nproxy = 'http://p:port'", "must be text like"),
        ("[network]\nproxy = 'http://p/path'", "must be text like"),
        ("[network]\nca_file = 'ca.pem'", "must be the absolute path"),
        ("[network]\nca_file = '/no/such/ca.pem'", "cannot read /no/such/ca.pem: No such file"),
        ("[access]\ngroup = 5", "must be a group's name"),
        ("[access]\nusers = ['alice']", "must be a table of names and roles"),
        ("[events]\ntypes = 'x.y'", "must be a list of names"),
        ("[events]\ntypes = ['Bad']", "events.types.0 is not an event type"),
        ("[events]\ntypes = [{}]", "events.types.0 is not an event type"),
        ("[events]\ntypes = ['webhook.test']", "is built in"),
        (
            "[events.types.'a.b']\nother = 1",
            "must be a table with only a `description` and a `sample`",
        ),
        ("[events.types.'a.b']\ndescription = 1", "events.types.a.b.description must be text"),
        ("[events.types.'a.b']\nsample = '[1]'", "must be text that holds a JSON object"),
        ("[events.types.'a.b']\nsample = '{'", "must be text that holds a JSON object"),
        ("[notify]\ncommand = 'notify-send x'", "must be a list of a program and its arguments"),
        ("[notify]\ncommand = []", "must be a list of a program and its arguments"),
        ("[log]\nlevel = 'loud'", 'must be one of "debug", "info", "warning", "error"'),
        ("[log]\nlevel = ['info']", "must be one of"),
        ("[log\n", "Expected"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(text, message):
    (complaint,) = complaints(text)
    assert message in complaint


def test_a_certificate_file_is_read_when_it_is_named(tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_bytes(trustme.CA().cert_pem.bytes())
    assert read(f"[network]\nca_file = '{ca}'").network.ca_file == ca
    ca.write_text("no certificate")
    (complaint,) = complaints(f"[network]\nca_file = '{ca}'")
    assert "holds no PEM certificates" in complaint


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(tmp_path)
    (problem,) = caught.value.problems
    assert problem.line is None
    assert "Is a directory" in problem.message


def test_text_that_is_not_utf8_has_its_line():
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(b"[log]\nlevel = '\xff'\n", "f")
    assert [problem_line(each) for each in caught.value.problems] == ["f:2: not UTF-8 text"]


@given(st.binary(max_size=60))
def test_garbage_is_refused_and_never_crashes(raw):
    assert all(problem.line is not None for problem in problems_of(raw))


values = st.recursive(
    st.sampled_from(
        ["1", "-1", "0", "1.5", "true", "'x'", "''", "inf", "2020-01-01", "'http://['"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(inner, max_size=2).map(
            lambda items: "{" + ",".join(f"k{n}={item}" for n, item in enumerate(items)) + "}"
        )
    ),
    max_leaves=4,
)
ALL_KEYS = [
    ("store", "url"),
    ("store", "retention_bytes"),
    ("delivery", "schedule"),
    ("delivery", "timeout"),
    ("network", "allow"),
    ("network", "ca_file"),
    ("network", "proxy"),
    ("access", "group"),
    ("access", "users"),
    ("events", "types"),
    ("notify", "command"),
    ("log", "level"),
]


@given(st.sampled_from(ALL_KEYS), values)
def test_a_value_of_any_shape_is_taken_or_refused(key, value):
    problems = problems_of(f"[{key[0]}]\n{key[1]} = {value}".encode())
    assert all(problem.line == 2 for problem in problems)


def test_the_path_may_be_relative_to_nothing_at_all():
    assert load_settings(Path("/nonexistent/folder/daemon.toml")) == Settings()
