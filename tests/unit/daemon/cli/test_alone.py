"""Verbs that need no daemon: help, paths, check, unit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.cli.root import VERBS
from daemon.cli.serve import UNITS, unit_files
from daemon.settings import Settings, load_settings

WEBHOOK = """\
[[webhook]]
name = "a"
url = "https://a.example.com/x"
events = ["scan.*"]
secret = "${THE_SECRET}"
"""


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(corgea, verb):
    code, out, _ = corgea(verb, "--help")
    assert code == 0
    assert f"corgea-daemon {verb}" in out.partition("Example:")[2]


def imported_by(word):
    """The names of the modules that a command line has loaded, as text."""
    run = f"import sys; from daemon.cli.run import run; run(['{word}']); print(sorted(sys.modules))"
    command = [sys.executable, "-c", run]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_list_of_verbs_imports_none(corgea):
    code, out, _ = corgea("--help")
    assert code == 0
    assert all(f"  {verb} " in out for verb in VERBS)
    loaded = imported_by("--help")
    for heavy in ("aiohttp", "peewee", "textual", "daemon.service", "http.client", "'ssl'"):
        assert heavy not in loaded


@pytest.mark.parametrize("verb", ["paths", "status"])
def test_what_is_asked_often_imports_little(home, verb):
    home.mkdir()
    (home / "daemon.toml").write_text("# url is a comment here\n[delivery]\ntimeout = 5\n")
    loaded = imported_by(verb)
    for heavy in ("daemon.settings", "'http.client'", "'ssl'", "'logging'"):
        assert heavy not in loaded


@pytest.mark.parametrize("how", [">&-", "2>&-", "| cat"])
def test_a_stream_without_a_reader_is_not_an_error(how):
    command = f"set -o pipefail; {sys.executable} -m daemon paths {how}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("verb", ["run", "check"])
def test_settings_that_are_named_must_be_there(corgea, verb):
    code, _, err = corgea(verb, "--settings", "tyop.toml")
    assert code == 2
    assert "tyop.toml" in err


def test_a_mistyped_verb_is_guessed(corgea):
    code, _, err = corgea("statsu")
    assert code == 2
    assert "There is no command 'statsu'; did you mean status?" in err
    assert "there are run, status" in corgea("frobnicate")[2]


def test_the_version_is_printed(corgea):
    assert corgea("--version")[1].startswith("corgea-daemon, version ")


def test_paths_are_resolved(corgea, home):
    code, out, _ = corgea("paths")
    shown = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert code == 0
    assert shown["settings"] == f"{home}/daemon.toml"
    assert shown["control"] == f"{home}/run/control.sock"
    assert corgea("paths", "inbox") == (0, f"{home}/run/inbox.sock\n", "")
    assert json.loads(corgea("paths", "--json")[1]) == shown
    assert not home.exists(), "asking makes nothing"


def test_paths_of_the_machines_daemon(corgea, monkeypatch):
    for name in ("CORGEA_HOME", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    shown = json.loads(corgea("paths", "--system", "--json")[1])
    assert shown["settings"] == "/etc/corgea/daemon.toml"
    assert shown["database"] == "/var/lib/corgea/corgea.db"
    assert shown["inbox"] == "/run/corgea/inbox.sock"
    assert shown["log"] is None


def test_a_socket_path_that_is_too_long_is_reported(corgea, monkeypatch):
    monkeypatch.setenv("CORGEA_HOME", f"/tmp/{'x' * 100}")
    code, out, err = corgea("paths")
    assert code == 1
    assert "/inbox.sock" in out
    assert "may have at most 107; set CORGEA_HOME" in err
    assert "Traceback" not in err


def test_check_finds_nothing_in_an_empty_home(corgea, home):
    assert corgea("check") == (0, "valid: settings, 0 webhooks in 0 files\n", "")
    assert not home.exists()


def test_check_tells_all_that_is_wrong_as_editors_read_it(corgea, paths):
    paths.settings.write_text("[delivery]\ntimeout = 0\n[delivry]\n")
    (paths.webhooks / "a.toml").write_text(WEBHOOK)
    (paths.webhooks / "b.toml").write_text('[[webhook]]\nname = "b"\n\nurl = "ftp://x"\n')
    code, out, err = corgea("check")
    lines = [line.removeprefix(f"{paths.data}/") for line in out.splitlines()]
    assert code == 1
    assert err == ""
    assert lines[0] == "daemon.toml:2: delivery.timeout must be between 0.05 and 600 seconds"
    assert lines[1] == "daemon.toml:3: unknown section [delivry]; did you mean [delivery]?"
    assert lines[2].startswith("webhooks.d/a.toml:5: secret takes THE_SECRET from the environment")
    assert {line.split(" ")[0] for line in lines[3:]} == {
        "webhooks.d/b.toml:1:",
        "webhooks.d/b.toml:4:",
    }


def test_check_passes_sound_files_and_warns_on_stderr(corgea, paths, monkeypatch):
    (paths.webhooks / "a.toml").write_text(WEBHOOK)
    monkeypatch.setenv("THE_SECRET", "tooshort")
    code, out, err = corgea("check")
    assert (code, out) == (0, "valid: settings, 1 webhooks in 1 files\n")
    assert err.startswith(f"warning: {paths.webhooks}/a.toml:5: secret ")
    assert "tooshort" not in err


def test_check_knows_the_settings_event_types(corgea, paths):
    paths.settings.write_text('[events]\ntypes = ["sla.violation"]\n')
    text = WEBHOOK.replace("scan.*", "sla.violation").replace("${THE_SECRET}", "s" * 40)
    (paths.webhooks / "a.toml").write_text(text)
    assert corgea("check")[0] == 0
    paths.settings.unlink()
    assert "a.toml:4: events.0" in corgea("check")[1]


def test_check_finds_names_that_two_files_want(corgea, paths):
    for name in ("a", "b"):
        (paths.webhooks / f"{name}.toml").write_text(WEBHOOK.replace("${THE_SECRET}", "s" * 40))
    code, out, _ = corgea("check")
    assert code == 1
    assert out.startswith(f"{paths.webhooks}/b.toml:1: webhook 'a' is in a.toml already")


def test_check_of_another_settings_file(corgea, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("x")
    assert corgea("check", "--settings", other)[1].startswith(f"{other}:1: ")


def test_the_example_can_be_saved_and_says_the_defaults(corgea, tmp_path):
    code, out, _ = corgea("check", "--example")
    (tmp_path / "daemon.toml").write_text(out)
    assert code == 0
    assert load_settings(tmp_path / "daemon.toml") == Settings()


def test_the_units_are_printed_with_their_places(corgea):
    code, out, _ = corgea("unit")
    assert code == 0
    assert all(f"# /etc/systemd/system/{name}\n" in out for name in UNITS)
    assert "@" not in out.replace("@system-service", "").replace("~@privileged @resources", "")


def test_the_units_can_be_written_to_a_folder(corgea, tmp_path):
    assert corgea("unit", "--into", tmp_path)[0] == 0
    assert sorted(each.name for each in tmp_path.glob("corgea-*")) == sorted(UNITS)


def test_a_program_in_a_home_folder_stays_readable():
    service = "corgea-daemon.service"
    assert "ProtectHome=yes" in unit_files("/usr/bin/corgea-daemon")[service]
    assert "ProtectHome=read-only" in unit_files("/home/ada/.local/bin/corgea-daemon")[service]


def test_peers_uids_stay_visible_and_the_essentials_are_shut():
    service = unit_files("/usr/bin/corgea-daemon")["corgea-daemon.service"]
    assert "PrivateUsers=yes" not in service
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert line in service


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_the_units_and_finds_them_well_shut(tmp_path):
    for name, text in unit_files("/bin/true").items():
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in UNITS]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    about_ours = [line for line in verified.stderr.splitlines() if "corgea" in line]
    assert (verified.returncode, about_ours) == (0, [])
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", files[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-300:] + rated.stderr


def test_run_says_what_is_wrong_with_the_settings(corgea, paths):
    paths.settings.write_text("[log]\nlevel = 'loud'\n")
    code, _, err = corgea("run")
    assert code == 1
    assert f'{paths.settings}:2: log.level must be one of "debug"' in err


def test_run_takes_another_settings_file(corgea, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("other.toml").write_text("x")
    assert f"{tmp_path}/other.toml:1: " in corgea("run", "--settings", "other.toml")[2]
