"""What the Daemon screen says, as lines."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.client.updates import LinkState, Phase
from corgea_tui.text.table import cell_width
from corgea_tui.views.details.daemon_health import health_lines, size_words, unknown_lines
from corgea_tui.views.details.daemon_parts import (
    KEPT,
    audit_lines,
    differences,
    joined,
    log_lines,
    narrowed,
    people_lines,
    settings_lines,
    value_words,
)
from corgea_tui.views.details.lines import plain
from daemon.protocol import AuditEntry, LogLine, Peer, SettingProblem
from tests.app import fake_daemon
from tests.app.fake_daemon import NOW, audit_entry, info, stamp

UP = LinkState(Phase.CONNECTED, "local", last_contact=0.0)
LOST = LinkState(
    Phase.LOST, "local", "the daemon closed the connection", last_contact=0.0, retry_at=9.0
)


def health(about, link=UP, width=120):
    return plain(health_lines(about, link, NOW, width))


# --- health


def test_a_healthy_daemon_is_alive_first():
    first, *facts = health(info()).split("\n")
    assert first.startswith("  ✔ alive for 1 h 0 m, since ")
    told = "\n".join(facts)
    for part in ("3 waiting · 2 in flight", "SQLite 3.51.3", "ann, admin here", "process 4711"):
        assert part in told


def test_many_errors_are_counted_instead_of_filling_the_screen():
    about = info(settings_errors=[SettingProblem(f"f{n}", None, "bad") for n in range(9)])
    shown = health(about)
    assert "f5: bad" in shown
    assert "f6: bad" not in shown
    assert "3 more" in shown


@pytest.mark.parametrize(
    ("phase", "reason", "said"),
    [
        (Phase.LOST, "no daemon answers on /run/x", "✖ no daemon answers on /run/x"),
        (Phase.REFUSED, "bob has no role here", "✖ the daemon refuses: bob has no role here"),
        (Phase.MISMATCH, "upgrade the daemon", "have no common protocol: upgrade the daemon"),
        (Phase.CONNECTING, "starting a daemon", "◌ starting a daemon …"),
        (Phase.CONNECTING, "", "◌ connecting …"),
    ],
)
def test_a_daemon_that_never_answered(phase, reason, said):
    shown = plain(unknown_lines(LinkState(phase, "local", reason), 120))
    assert said in shown
    assert ("corgea-daemon run" in shown) == (phase is Phase.LOST)


@given(st.integers(20, 200), st.text(min_size=1, max_size=300))
def test_health_never_runs_off_the_right_edge(width, message):
    about = info(settings_errors=[SettingProblem("/etc/corgea/daemon.toml", 3, message)])
    for line in health_lines(about, UP, NOW, width):
        assert sum(cell_width(cell.text) for cell in line) <= max(width, 24)


def test_sizes():
    sizes = [size_words(size) for size in (812, 4_200_000, 262_144, 3 * 2**40)]
    assert sizes == ["812 bytes", "4.0 MiB", "256.0 KiB", "3.0 TiB"]


# --- settings


def test_settings_say_what_differs_and_from_what():
    about = info(
        settings={"delivery": {"timeout": 5.0, "schedule": [2.0, 4.0]}},
        settings_changed={"delivery.timeout": 10.0},
    )
    lines = plain(settings_lines(about)).split("\n")
    assert "  [delivery]" in lines
    changed = next(line for line in lines if "timeout" in line)
    assert changed.split() == ["◆", "timeout", "5", "s", "default:", "10", "s"]
    same = next(line for line in lines if "schedule" in line)
    assert same.split() == ["schedule", "2", "s,", "4", "s"]


def test_a_default_that_is_absent_is_said_too():
    about = info(settings={"store": {"url": "x"}}, settings_changed={"store.url": None})
    assert "default: in the data folder" in plain(settings_lines(about))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("inbox.max_event_bytes", 262_144, "256.0 KiB"),
        ("store.retention_days", 30, "30 days"),
        ("store.retention_days", None, "for ever"),
        ("inbox.max_waiting", 1_000_000, "1,000,000"),
        ("delivery.schedule", [], "none"),
        ("access.users", {"alice": "admin", "7": "viewer"}, "alice = admin, 7 = viewer"),
        ("events.types", [{"name": "sla.violation", "sample": {}}], "sla.violation"),
        ("notify.command", ["page", "••••"], "page, ••••"),
        ("new.switch", True, "yes"),
        ("new.thing", {"a": [1]}, "a = [1]"),
    ],
)
def test_values_are_for_people(path, value, words):
    assert value_words(path, value) == words


def test_a_section_of_a_newer_daemon_is_no_surprise():
    assert "whole" in plain(settings_lines(info(settings={"new": "whole"})))
    assert "no settings" in plain(settings_lines(info(settings={})))


# --- peers


def peer(login="ann", pid=7, **more):
    mine = {"role": "admin", "socket": "control", "since": stamp(-600), **more}
    return msgspec.convert(fake_daemon.peer(login=login, pid=pid, **mine), Peer)


def test_a_program_is_one_line_however_many_connections_it_holds():
    peers = [peer(), peer(watching=True), peer("ci", 9, role="producer", socket="inbox")]
    head, mine, theirs = plain(people_lines(peers, NOW, 7)).split("\n")
    assert head.split() == ["who", "role", "process", "since"]
    assert "watching, 2 connections to control" in mine
    assert mine.endswith("this app")
    assert "1 connection to inbox" in theirs
    assert "this app" not in theirs


def test_a_process_of_elsewhere_has_no_number():
    assert "elsewhere" in plain(people_lines([peer(pid=0)], NOW, None))
    assert plain(people_lines([], NOW, 7)) == "  no connections"


# --- audit


def entry(before=None, after=None):
    change = audit_entry(login="ann", target="Jira", before=before, after=after)
    return msgspec.convert(change, AuditEntry)


def test_a_difference_names_what_changed_and_nothing_else():
    before = {"name": "Jira", "events": ["a", "b"], "retry": {"timeout": 10, "rate": None}}
    after = {"name": "Jira", "events": ["b", "c"], "retry": {"timeout": 5, "rate": None}}
    lines = plain(audit_lines([entry(before, after)], NOW)).split("\n")
    assert lines[0].split()[1:] == ["ann", "webhook.update", "Jira"]
    assert [line.split() for line in lines[1:]] == [
        ["events", "-", "a", "+", "c"],
        ["retry.timeout", "10", "→", "5"],
    ]


def test_what_was_made_and_what_went():
    made = plain(audit_lines([entry(None, {"url": "https://x", "projects": []})], NOW))
    assert "+ https://x" in made
    assert "projects" not in made
    gone = plain(audit_lines([entry({"events": ["a", "b"]}, None)], NOW))
    assert "- a, b" in gone


def test_a_large_change_is_cut_and_said_to_be():
    after = {f"key{number}": number for number in range(20)}
    assert "… 8 more" in plain(audit_lines([entry({}, after)], NOW))
    assert "other order" in plain(audit_lines([entry({"e": ["a", "b"]}, {"e": ["b", "a"]})], NOW))
    assert "the audit is empty" in plain(audit_lines([], NOW))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_equal_sides_never_differ_and_any_json_can_be_shown(before, after):
    assert differences(before, before) == []
    assert audit_lines([entry(before, after)], NOW)


# --- log


def lines(*numbers):
    return [LogLine(stamp(n), "info", "daemon.x", f"line {n}") for n in numbers]


def test_looks_at_the_log_are_joined_where_they_overlap():
    held = lines(1, 2, 3)
    assert joined(held, lines(4, 3, 2)) == lines(1, 2, 3, 4)
    assert joined(held, lines(3, 2, 1)) == held
    assert joined([], lines(2, 1)) == lines(1, 2)


def test_a_hole_is_noticed():
    assert joined(lines(1, 2, 3), lines(9, 8, 7)) is None


@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 60))
def test_any_two_looks_give_what_one_would_have(old, new, look):
    log = lines(*range(old + new))
    found = joined(log[:old], list(reversed(log[-look:])))
    assert found == (log if look > new else None)


def test_the_log_that_is_held_is_bounded():
    held = lines(*range(KEPT))
    found = joined(held, lines(KEPT, KEPT - 1))
    assert len(found) == KEPT
    assert found[-1].message == f"line {KEPT}"


def test_lines_of_the_log_show_level_and_logger():
    (line,) = log_lines([LogLine(stamp(), "error", "daemon.store.writer", "full")], NOW)
    text = plain([line])
    assert "error" in text
    assert text.endswith("full   store.writer")
    assert line[2].style == "bad"


def test_words_narrow_in_any_case_and_a_minus_leaves_out():
    shown = log_lines(lines(1, 2, 12), NOW)
    assert len(narrowed(shown, "LINE Info")) == 3
    assert len(narrowed(shown, ":12")) == 1  # its time counts too
    assert len(narrowed(shown, "line -:12")) == 2
    assert narrowed(shown, "nowhere") == []
    assert narrowed(shown, " - ") == shown
