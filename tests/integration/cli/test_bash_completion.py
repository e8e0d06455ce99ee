"""Completion as bash does it: the real shell, with the script that is printed for it."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
cd "$HOME"
eval "$SCRIPT"
compopt() { :; }
COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_CWORD=$((${#COMP_WORDS[@]}-1))
_corgea_tui_completion corgea-tui
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(served):
    return served.tui("completion", "bash").stdout


@pytest.fixture
def complete(served, script, tmp_path):
    """What bash offers behind `corgea-tui WORDS…`, of which the last one is half-typed."""

    def offered(line, *words, **env):
        array = " ".join(shlex.quote(word) for word in ("corgea-tui", *words))
        ended = subprocess.run(
            ["bash", "--norc", "-c", f"COMP_WORDS=({array})\n{ASK}"],
            env={
                **served.env,
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "HOME": str(tmp_path),
                "SCRIPT": script,
                "LINE": f"corgea-tui {line}",
                **env,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stderr == ""
        return [each for each in ended.stdout.splitlines() if each]

    return offered


@pytest.fixture(scope="module", autouse=True)
def webhooks(served):
    for name in ("jira-1", "Slack #ops", "it's"):
        served.tui("webhooks", "add", name, "https://127.0.0.1:9/", "--event", "scan.*")


def test_verbs_and_options(complete):
    assert complete("web", "web") == ["webhooks"]
    assert complete("emit --sc", "emit", "--sc") == ["--scenario"]


def test_names_come_as_one_word_of_the_shell(complete):
    show = ("webhooks", "show")
    assert complete("webhooks show ji", *show, "ji") == ["jira-1"]
    assert complete("webhooks show sl", *show, "sl") == [r"Slack\ #ops"]
    assert complete(r"webhooks show Slack\ ", *show, r"Slack\ ") == [r"Slack\ #ops"]
    assert complete("webhooks show 'Slack ", *show, "'Slack ") == ["Slack #ops"]
    assert complete("webhooks show i", *show, "i") == [r"it\'s"]


def test_event_types_are_no_patterns_for_files(complete, tmp_path):
    (tmp_path / "scan.json").touch()
    assert complete("emit scan.", "emit", "scan.")[-1] == r"scan.\*"


def test_filters_go_on_behind_the_colon(complete):
    assert complete("tail st", "tail", "st") == ["status:"]
    assert complete("tail status:f", "tail", "status", ":", "f") == ["failed"]
    assert complete("tail webhook:", "tail", "webhook", ":")[0] in {"jira-1", r"it\'s"}
    assert complete(r"tail webhook:Slack\ ", "tail", "webhook", ":", r"Slack\ ") == [r"Slack\ #ops"]
    assert complete("tail -st", "tail", "-st") == ["-status:"]
    assert complete("tail -status:f", "tail", "-status", ":", "f") == ["failed"]


def test_values_of_options(complete):
    line = "emit --scenario w"
    assert complete(line, *line.split()) == ["whole-scan"]
    line = "webhooks add x y --status f"
    assert complete(line, *line.split()) == ["fixed", "false_positive", "fix_in_progress"]


def test_without_a_daemon_nothing_is_offered_and_nothing_fails(complete, homeless):
    words = ("webhooks", "show", "ji")
    assert complete("webhooks show ji", *words, CORGEA_HOME=str(homeless.home)) == []
