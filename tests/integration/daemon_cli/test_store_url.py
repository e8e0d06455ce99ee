"""`[store] url` moves the database, its lock, and every verb with it."""

import subprocess
import sys


def daemon(home, *args):
    return subprocess.run(
        [sys.executable, "-m", "daemon", *args],
        env={"CORGEA_HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_the_database_is_where_the_settings_say(tmp_path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    (home / "daemon.toml").write_text(f'[store]\nurl = "sqlite:///{elsewhere}/events.db"\n')
    shown = daemon(home, "paths", "database")
    assert shown.stdout.strip() == f"{elsewhere}/events.db"
    missing = daemon(home, "migrate")
    assert f"{elsewhere}/events.db" in missing.stderr
    assert missing.returncode == 1
