"""The command of `[notify]`: run for each alert, bounded in time and number, never in the way."""

import asyncio
import json
from pathlib import Path

import pytest

from daemon.services import webhook_alerts
from daemon.services.webhook_alerts import Notifier


@pytest.fixture
def script(tmp_path):
    """Writes a shell script and gives the command that runs it."""

    def write(text: str) -> list[str]:
        path = tmp_path / "notify.sh"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{text}\n")
        path.chmod(0o755)
        return [str(path)]

    return write


@pytest.fixture
async def started():
    made = []

    def start(command, **options) -> Notifier:
        made.append(Notifier(lambda: command, **options))
        return made[-1]

    yield start
    for notifier in made:
        await notifier.close()


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # nothing tells when a program has written
            await asyncio.sleep(0.01)


async def test_a_fact_arrives_as_json_on_standard_input(script, started, tmp_path):
    notifier = started(
        [*script('printf "%s" "$*" > args; cat > fact.part; mv fact.part fact'), "a b", "$HOME"]
    )
    fact = {"fact": "paused", "webhook": {"name": "Käse; rm -rf /"}}
    notifier.notify(fact)
    await until((tmp_path / "fact").exists)
    assert json.loads((tmp_path / "fact").read_text()) == fact
    assert (tmp_path / "args").read_text() == "a b $HOME", "no shell has read them"


async def test_without_a_command_nothing_happens(started):
    notifier = started(None)
    notifier.notify({"fact": "paused"})
    assert len(notifier._tasks) == 0


async def test_a_failure_is_logged_with_what_the_command_said(script, started, caplog):
    started(script("cat > /dev/null; echo no such channel >&2; exit 3")).notify({})
    await until(lambda: "ended with 3: no such channel" in caplog.text)


async def test_a_command_that_is_not_there_is_logged(started, caplog):
    started(["/no/such/notify"]).notify({})
    await until(lambda: "/no/such/notify cannot be run: No such file" in caplog.text)


async def test_a_command_that_does_not_end_is_stopped_with_all_it_started(
    script, started, caplog, tmp_path
):
    command = script("(sleep 60; touch late) & echo $! > child; wait")
    started(command, seconds=0.5).notify({})
    await until(lambda: "stopped after 0.5 s" in caplog.text)
    child = int((tmp_path / "child").read_text())
    stat = f"/proc/{child}/stat"
    await until(lambda: not _alive(stat))


def _alive(stat: str) -> bool:
    try:
        return Path(stat).read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_command_that_does_not_read_is_no_problem(script, started, caplog, tmp_path):
    started(script("exec 0<&-; touch done")).notify({"long": "x" * 500_000})
    await until((tmp_path / "done").exists)
    await until(lambda: True)
    assert "notify" not in caplog.text


async def test_only_a_few_run_at_once_and_all_get_their_turn(script, started, tmp_path):
    command = script("touch running.$$; ls running.* | wc -l >> seen; sleep 0.05; rm running.$$")
    notifier = started(command)
    for number in range(10):
        notifier.notify({"number": number})
    seen = tmp_path / "seen"
    await until(lambda: seen.exists() and len(seen.read_text().splitlines()) == 10)
    assert max(map(int, seen.read_text().split())) <= webhook_alerts.AT_ONCE


async def test_when_too_many_wait_the_oldest_are_dropped_aloud(
    script, started, monkeypatch, caplog
):
    monkeypatch.setattr(webhook_alerts, "MOST_WAITING", 3)
    notifier = started(script("sleep 60"))
    for number in range(5):
        notifier.notify({"number": number})
    assert [json.loads(each)["number"] for each in notifier._waiting] == [2, 3, 4]
    assert "an alert was dropped" in caplog.text


async def test_closing_stops_what_runs(script, started, tmp_path):
    notifier = started(script("touch began; sleep 60; touch ended"))
    notifier.notify({})
    await until((tmp_path / "began").exists)
    await notifier.close()
    assert not (tmp_path / "ended").exists()


async def test_the_services_own_socket_is_not_handed_on(script, started, monkeypatch, tmp_path):
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/x")
    started(script('echo "[$NOTIFY_SOCKET]" > env.part; mv env.part env')).notify({})
    await until((tmp_path / "env").exists)
    assert (tmp_path / "env").read_text() == "[]\n"
