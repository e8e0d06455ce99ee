import json
import sys

import pytest

from tests.integration.cli.conftest import show

URL = "https://127.0.0.1:9/hook"


def add(served, name, *args, **more):
    return served.tui("webhooks", "add", name, URL, *(args or ("--event", "scan.*")), **more)


def test_adding_says_what_was_made_and_warns(served, tidy):
    options = ("--event", "scan.*,issue.assigned", "--status", "open", "--header", "X-Team: red")
    condition = ("--condition", "data.urgency in CR, HI")
    ended = add(served, "Jira", *options, *condition, "--secret", "-", stdin="short\n")
    assert ended.returncode == 0, ended.stderr
    assert "added Jira" in ended.stdout
    assert "warning: secret" in ended.stderr
    made = show(served, "Jira")
    assert made["events"] == ["scan.*", "issue.assigned"]
    assert made["secret"]["set"] is True
    assert made["headers"][0]["value"] == "red"
    assert made["conditions"] == [
        {"path": "data.urgency", "op": "in", "value": ["CR", "HI"]},
    ]


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [
        ("http://example.com/", "scan.*", "url"),
        (URL, "scan.finished", "events"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused_by_field(served, url, events, field):
    ended = served.tui("webhooks", "add", "x", url, "--event", events)
    assert ended.returncode == 1
    assert field in ended.stderr


def test_a_name_that_is_taken_is_refused(served, tidy):
    add(served, "twice")
    assert add(served, "twice").returncode == 1


def test_an_unknown_webhook_has_a_suggestion(served, tidy):
    add(served, "Jira tickets")
    ended = served.tui("webhooks", "show", "Jira ticket")
    assert ended.returncode == 1
    assert "did you mean Jira tickets?" in ended.stderr


def test_pause_and_activate(served, tidy):
    add(served, "p")
    assert "‖ paused" in served.tui("webhooks", "pause", "p").stdout
    assert show(served, "p")["state"] == "paused"
    assert served.tui("webhooks", "activate", "p", "nope").returncode == 1
    assert show(served, "p")["state"] == "paused", "all of them, or none"
    assert "● active" in served.tui("webhooks", "activate", "p").stdout
    assert show(served, "p")["state"] == "active"


def test_removing_several_wants_a_yes(served, tidy):
    add(served, "a")
    add(served, "b")
    asked = served.tui("webhooks", "remove", "a", "b")
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    sure = served.tui("webhooks", "remove", "a", "b", "--yes", "--json")
    removed = [json.loads(line) for line in sure.stdout.splitlines()]
    assert [each.keys() for each in removed] == [{"id", "name", "removed"}] * 2


def test_a_test_shows_the_answer_and_its_exit_code(served, webhook):
    good, bad = webhook("202", "scan.*"), webhook("503", "scan.*")
    ended = served.tui("webhooks", "test", good.name)
    assert ended.returncode == 0
    assert "✔ accepted" in ended.stdout
    ended = served.tui("webhooks", "test", bad.name)
    assert ended.returncode == 1
    assert "503" in ended.stdout
    answer = json.loads(served.tui("webhooks", "test", bad.name, "--json").stdout)
    assert answer["attempt"]["http_status"] == 503


def test_an_export_keeps_the_order_of_the_file_that_was_applied(served, tidy, tmp_path):
    names = [f"ordered {number}" for number in (2, 3, 1)]
    file = tmp_path / "ordered.toml"
    file.write_text("".join(table(name) for name in names))
    assert served.tui("webhooks", "apply", str(file)).returncode == 0
    exported = served.tui("webhooks", "export").stdout
    assert sorted(names, key=exported.index) == names


def table(name):
    return f'[[webhook]]\nname = "{name}"\nurl = "https://127.0.0.1:9/"\nevents = ["scan.*"]\n'


def test_what_is_exported_can_be_applied_without_a_change(served, tidy, tmp_path):
    add(served, "one", "--event", "scan.*", "--secret", "s" * 40, "--project", "42")
    add(served, "two", "--event", "issue.*", "--header", "Authorization: Bearer abcdefgh1234")
    exported = served.tui("webhooks", "export").stdout
    assert "s" * 40 not in exported
    assert "abcdefgh" not in exported
    file = tmp_path / "webhooks.toml"
    file.write_text(exported)
    ended = served.tui("webhooks", "apply", str(file))
    assert (ended.returncode, ended.stdout) == (0, "no changes\n")
    assert served.tui("webhooks", "apply", "-", stdin=exported).stdout == "no changes\n"


def test_applying_shows_the_difference_and_makes_it_so(served, tidy, tmp_path):
    add(served, "kept", "--event", "scan.*", "--secret", "s" * 40)
    add(served, "gone", "--event", "scan.*")
    file = tmp_path / "webhooks.toml"
    file.write_text(
        f'[[webhook]]\nname = "kept"\nurl = "{URL}"\nevents = ["issue.*"]\n'
        '[[webhook]]\nname = "new"\nurl = "https://127.0.0.1:9/${TOKEN}"\nevents = ["scan.*"]\n'
        'headers = [{ name = "Authorization", value = "file:token" }]\n'
    )
    (tmp_path / "token").write_text("Bearer from-a-file\n")
    dry = served.tui("webhooks", "apply", str(file), "--dry-run", "--prune", TOKEN="t0ken")
    assert dry.returncode == 0, dry.stderr
    assert "~ kept" in dry.stdout
    assert "scan.* → issue.*" in dry.stdout
    assert "+ new" in dry.stdout
    assert "- gone" in dry.stdout
    assert show(served, "kept")["events"] == ["scan.*"]

    told = served.tui("webhooks", "apply", str(file), "--dry-run", "--json", TOKEN="t0ken")
    assert json.loads(told.stdout) == {
        "added": ["new"],
        "changed": [{"name": "kept", "fields": ["events"]}],
        "removed": [],
    }

    done = served.tui("webhooks", "apply", str(file), TOKEN="t0ken")
    assert done.returncode == 0
    assert "gone" in done.stderr
    assert show(served, "kept")["events"] == ["issue.*"]
    assert show(served, "kept")["secret"]["set"] is True
    assert show(served, "new")["url"].endswith("/t0ken")
    assert show(served, "new")["headers"][0]["value"].endswith("file")

    unasked = served.tui("webhooks", "apply", str(file), "--prune", TOKEN="t0ken")
    assert (unasked.returncode, unasked.stdout) == (2, "- gone\n")
    assert "--yes" in unasked.stderr
    assert served.tui("webhooks", "show", "gone").returncode == 0
    sure = served.tui("webhooks", "apply", str(file), "--prune", "--yes", TOKEN="t0ken")
    assert sure.returncode == 0
    assert served.tui("webhooks", "show", "gone").returncode == 1
    again = served.tui("webhooks", "apply", str(file), "--prune", TOKEN="t0ken")
    assert again.stdout == "no changes\n"


def test_a_file_with_errors_changes_nothing_and_names_every_line(served, tidy, tmp_path):
    file = tmp_path / "webhooks.toml"
    file.write_text(
        f'[[webhook]]\nname = "fine"\nurl = "{URL}"\nevents = ["scan.*"]\n'
        '[[webhook]]\nname = "bad"\nurl = "http://x"\nevents = ["nope"]\n'
    )
    ended = served.tui("webhooks", "apply", str(file))
    assert ended.returncode == 1
    assert f"{file}:7: url" in ended.stderr
    assert f"{file}:8: events" in ended.stderr
    assert served.tui("webhooks", "show", "fine").returncode == 1


def test_editing_in_an_editor(served, tidy):
    add(served, "e", "--event", "scan.*", "--secret", "s" * 40)
    same = served.tui("webhooks", "edit", "e", EDITOR="true")
    assert (same.returncode, same.stderr) == (0, "no changes\n")
    ended = served.tui("webhooks", "edit", "e", EDITOR="sed -i s/scan/issue/")
    assert ended.returncode == 0, ended.stderr
    assert show(served, "e")["events"] == ["issue.*"]
    assert show(served, "e")["secret"]["set"] is True
    failed = served.tui("webhooks", "edit", "e", EDITOR="false")
    assert failed.returncode == 1
    assert "nothing was changed" in failed.stderr


def test_a_save_on_top_of_anothers_shows_both_sides(served, tidy, tmp_path):
    add(served, "shared", "--event", "scan.*")
    script = tmp_path / "editor"
    other = f"EDITOR='sed -i s/scan/user/' {sys.executable} -m corgea_tui webhooks edit shared"
    script.write_text(f'#!/bin/sh\n{other} >/dev/null\nsed -i s/scan/issue/ "$1"\n')
    script.chmod(0o700)
    ended = served.tui("webhooks", "edit", "shared", EDITOR=str(script), TMPDIR=str(tmp_path))
    assert ended.returncode == 1
    assert "theirs  user.*" in ended.stderr
    assert "yours   issue.*" in ended.stderr
    assert show(served, "shared")["events"] == ["user.*"]


def test_replaying_what_a_paused_webhook_missed(served, webhook):
    responder = webhook("200", "issue.assigned")
    served.tui("webhooks", "pause", responder.name)
    served.tui("emit", "issue.assigned", "--count", "3")
    served.tui("webhooks", "activate", responder.name)
    dry = served.tui("webhooks", "replay", responder.name, "--since", "1h", "--dry-run")
    assert dry.stdout == "3 events would be sent again\n"
    assert served.tui("webhooks", "replay", responder.name, "--since", "1h").returncode == 2
    ended = served.tui("webhooks", "replay", responder.name, "--since", "1h", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "3 succeeded" in ended.stdout
    assert len(responder.seen) == 3
