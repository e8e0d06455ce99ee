"""Reading a folder of webhook files: each on its own, with every error's line."""

import os
from pathlib import Path

import pytest

from daemon.domain.configuration.form import KEYS, read_webhook
from daemon.domain.configuration.webhook_toml import KEYS as WRITTEN_KEYS
from daemon.domain.events.catalogue import known_types
from daemon.protocol import SettingProblem
from daemon.services.webhook_files import read_folder
from daemon.settings import problem_line

GOOD = """\
[[webhook]]
name = "a"
url = "https://a.example.com/${PATH_PART}"
events = ["scan.*"]
secret = "file:keys/a"
"""


def check(form):
    return read_webhook(form, known_types=known_types())


def read(folder, **environment):
    return read_folder(folder, check, environment)


def complaints(found):
    return [
        problem_line(SettingProblem(Path(problem.file).name, problem.line, problem.message))
        for problem in found.problems
    ]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a").write_text("0123456789abcdef0123456789abcdef\n")
    return tmp_path


def test_a_sound_file_gives_its_webhooks_with_what_they_refer_to(folder):
    (folder / "a.toml").write_text(GOOD)
    found = read(folder, PATH_PART="x")
    ((webhook,),) = (each.webhooks for each in found.valid)
    assert webhook.line == 1
    assert webhook.config.url == "https://a.example.com/x"
    assert webhook.config.secret == "0123456789abcdef0123456789abcdef"
    assert found.referenced == {folder / "keys" / "a"}
    assert (found.broken, found.problems, found.warnings) == (set(), [], [])


def test_one_broken_file_does_not_disturb_the_others(folder):
    (folder / "a.toml").write_text(GOOD)
    (folder / "b.toml").write_text('[[webhook]]\nname = "b\n')
    (folder / "c.toml").write_bytes(b"\xff")
    (folder / "d.toml").mkdir()
    found = read(folder, PATH_PART="x")
    assert [each.name for each in found.valid] == ["a.toml"]
    assert found.broken == {"b.toml", "c.toml", "d.toml"}
    assert complaints(found) == [
        "b.toml:2: Illegal character '\\n'",
        "c.toml:1: not UTF-8 text",
        "d.toml: cannot be read: Is a directory",
    ]


def test_every_error_of_a_file_has_its_line(folder):
    (folder / "a.toml").write_text(GOOD.replace('"scan.*"', '"scan.completd"') + "evnts = 1\n")
    lines = {int(each.split(":")[1]): each for each in complaints(read(folder))}
    assert set(lines) == {3, 4, 6}
    assert "url takes PATH_PART from the environment" in lines[3]
    assert "events.0" in lines[4]
    assert "scan.completed" in lines[4]
    assert "evnts" in lines[6]


def test_what_is_missing_is_reported_where_the_webhook_begins(folder):
    (folder / "a.toml").write_text("\n[[webhook]]\nname = 'x'\nevents = ['scan.*']\n")
    (complaint,) = complaints(read(folder))
    assert complaint.startswith("a.toml:2: url ")


def test_a_secret_file_that_is_missing_or_strange_is_reported(folder):
    for name, text in {
        "a": 'secret = "file:nowhere"',
        "b": 'secret = "file:keys"',
        "c": 'secret = "file:bytes"',
        "d": 'secret = "file:~nobody-here/x"',
    }.items():
        (folder / f"{name}.toml").write_text(GOOD.replace('secret = "file:keys/a"', text))
    (folder / "bytes").write_bytes(b"\xff")
    found = read(folder, PATH_PART="x")
    assert [each.split(": ", 1)[0] for each in complaints(found)] == [
        "a.toml:5",
        "b.toml:5",
        "c.toml:5",
        "d.toml:5",
    ]
    assert folder / "nowhere" in found.referenced


def test_only_webhook_files_are_read(folder):
    for name in (".hidden.toml", ".#a.toml", "a.toml~", "a.toml.bak", "README"):
        (folder / name).write_text("broken")
    (folder / ".link.toml").symlink_to(folder / "dangling")
    assert read(folder) == read_folder(folder, check)
    assert read(folder).broken == set()


def test_a_short_secret_is_a_warning_with_its_line(folder):
    (folder / "keys" / "a").write_text("short")
    (folder / "a.toml").write_text(GOOD)
    found = read(folder, PATH_PART="x")
    assert [warning.line for warning in found.warnings] == [5]
    assert "short" not in found.warnings[0].message.replace("shorter", "")


def test_a_folder_that_cannot_be_read_is_the_callers_affair(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


def test_values_from_elsewhere_are_in_no_message(folder):
    secret = "hunter2\x01hunter2"
    (folder / "keys" / "a").write_text(secret)
    (folder / "a.toml").write_text(
        GOOD.replace('"scan.*"]', '"scan.*"]\nheaders = [{name = "X-Key", value = "${BAD}"}]')
    )
    found = read(folder, PATH_PART="with space hunter2", BAD="hunter2\r\n")
    assert found.problems
    assert "hunter2" not in " ".join(problem.message for problem in found.problems)


def test_the_environment_is_the_processs_own_by_default(folder, monkeypatch):
    monkeypatch.setitem(os.environ, "PATH_PART", "y")
    (folder / "a.toml").write_text(GOOD)
    assert read_folder(folder, check).valid[0].webhooks[0].config.url.endswith("/y")


def test_what_is_written_is_what_can_be_read():
    assert set(WRITTEN_KEYS) == set(KEYS)
