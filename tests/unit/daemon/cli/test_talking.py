"""Verbs that talk to a running daemon: what they ask, what they make of the answer."""

import json
import os
import socket
import threading

import pytest

from daemon.runtime.lock import Lock

ABOUT = {
    "version": "1.2.3",
    "api": {"min": 1, "max": 1},
    "instance_id": "in_1",
    "pid": 4711,
    "started_at": "2025-01-15T14:30:00.000Z",
    "uptime_ms": 3_661_500,
    "role": "admin",
    "login": "ada",
    "queues": {
        "waiting": 12_345,
        "in_flight": 2,
        "events_per_second": 1.25,
        "deliveries_per_second": 3.0,
        "failing_webhooks": 1,
        "paused_webhooks": 2,
    },
    "store": {
        "url": "sqlite:////x/corgea.db",
        "bytes": 5 * 2**20,
        "events": 10,
        "deliveries": 20,
        "sqlite_version": "3.51.3",
        "problem": None,
    },
    "settings": {},
    "settings_errors": [{"file": "/x/daemon.toml", "line": 3, "message": "bad \x1b[31m"}],
    "home": "/x",
    "seq": 5,
}


def test_status_says_how_it_is_doing(corgea, stand_in):
    stand_in.answers["/v1/daemon"] = (200, ABOUT)
    code, out, err = corgea("status")
    assert (code, err) == (0, "")
    assert out == (
        "running   version 1.2.3, process 4711, for 1:01:01\n"
        "you       ada, admin\n"
        "home      /x\n"
        "store     5.0 MiB, 10 events, 20 deliveries, SQLite 3.51.3\n"
        "queues    12,345 waiting, 2 in flight\n"
        "rates     1.2 events/s, 3.0 deliveries/s\n"
        "webhooks  1 failing, 2 paused\n"
        "settings  /x/daemon.toml:3: bad ␛[31m\n"
    )


def test_status_tells_of_a_full_disk(corgea, stand_in):
    store = {**ABOUT["store"], "problem": "the disk is full"}
    stand_in.answers["/v1/daemon"] = (200, {**ABOUT, "store": store})
    assert "problem   the disk is full\n" in corgea("status")[1]


def test_status_for_programs_is_the_answer_itself(corgea, stand_in):
    stand_in.answers["/v1/daemon"] = (200, ABOUT)
    code, out, _ = corgea("status", "--json")
    assert code == 0
    assert json.loads(out) == ABOUT
    assert out.count("\n") == 1


@pytest.mark.parametrize("verb", [["status"], ["stop"], ["metrics"], ["status", "--json"]])
def test_without_a_daemon_the_command_that_starts_one_is_named(corgea, paths, verb):
    code, out, err = corgea(*verb)
    assert (code, out) == (69, "")
    assert err == (
        f"corgea-daemon: no daemon runs on {paths.control}; start one with: corgea-daemon run\n"
    )


def test_a_daemon_that_holds_the_lock_and_does_not_answer_is_distinguished(corgea, paths):
    with Lock.take(paths.lock):
        code, _, err = corgea("status")
    assert code == 69
    assert f"process {os.getpid()} holds {paths.lock} and does not answer" in err


def test_a_dead_daemons_socket_is_no_daemon(corgea, paths):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(paths.control))
    assert corgea("status")[0] == 69


def test_a_missing_role_is_not_permitted(corgea, stand_in):
    problem = {"title": "Forbidden", "status": 403, "detail": "stop is for admins"}
    stand_in.answers["/v1/daemon/stop"] = (403, problem)
    assert corgea("stop") == (4, "", "corgea-daemon: stop is for admins\n")


def test_a_refusal_is_reported_with_its_fields(corgea, stand_in, tmp_path):
    problem = {
        "title": "Invalid input",
        "status": 422,
        "errors": [{"field": "path", "message": "is a folder"}],
    }
    stand_in.answers["/v1/daemon/backup"] = (422, problem)
    code, _, err = corgea("backup", tmp_path / "x.db")
    assert (code, err) == (1, "corgea-daemon: Invalid input; path: is a folder\n")


@pytest.mark.parametrize("answer", [b"oops", b"[1]", b'{"detail": null}'])
def test_an_answer_without_words_is_reported_by_its_number(corgea, stand_in, answer):
    stand_in.answers["/metrics"] = (500, answer)
    assert corgea("metrics") == (1, "", "corgea-daemon: the daemon answered 500\n")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "was cut off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP"),
        (b"", "the answer is not HTTP"),
    ],
)
def test_what_is_no_whole_answer_is_no_daemons(corgea, paths, raw, why):
    with socket.socket(socket.AF_UNIX) as listener, Lock.take(paths.lock):
        listener.bind(str(paths.control))
        listener.listen()

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        answering = threading.Thread(target=answer)
        answering.start()
        code, out, err = corgea("status")
        answering.join()
    assert (code, out) == (69, "")
    assert why in err


def test_stop_returns_when_the_daemon_is_gone(corgea, stand_in, paths):
    lock = Lock.take(paths.lock)
    stopping = threading.Timer(0.2, lock.release)
    stand_in.answers["/v1/daemon/stop"] = lambda: (stopping.start(), (202, {}))[1]
    code, out, err = corgea("stop")
    assert (code, out, err) == (0, "", "corgea-daemon has stopped\n")
    assert stand_in.asked == [("POST", "/v1/daemon/stop", b"")]
    stopping.join()


def test_stop_gives_up_waiting_after_the_time_given(corgea, stand_in, paths):
    stand_in.answers["/v1/daemon/stop"] = (202, {})
    with Lock.take(paths.lock):
        code, _, err = corgea("stop", "--within", "0.1")
    assert code == 1
    assert "is still finishing after 0.1 s" in err


def test_backup_asks_the_daemon_with_an_absolute_path(corgea, stand_in, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stand_in.answers["/v1/daemon/backup"] = (200, {"path": "x", "bytes": 12_345})
    code, out, err = corgea("backup", "copy.db")
    assert (code, out) == (0, "")
    assert f"{tmp_path}/copy.db: 12,345 bytes" in err
    assert "the key is not in the backup" in err
    ((_, _, body),) = stand_in.asked
    assert json.loads(body) == {"path": f"{tmp_path}/copy.db"}


def test_metrics_are_passed_on_byte_for_byte(stand_in, capfdbinary):
    from daemon.cli.run import run

    stand_in.answers["/metrics"] = (200, b"corgea_up 1\n\xe2\x9c\x94")
    assert run(["metrics"]) == 0
    assert capfdbinary.readouterr().out == b"corgea_up 1\n\xe2\x9c\x94"


def test_metrics_for_the_node_exporter_replace_the_file_in_one_step(corgea, stand_in, tmp_path):
    file = tmp_path / "corgea.prom"
    file.write_text("old")
    opened = file.open()
    stand_in.answers["/metrics"] = (200, b"corgea_up 1\n")
    assert corgea("metrics", "--textfile", file) == (0, "", "")
    assert file.read_text() == "corgea_up 1\n"
    assert opened.read() == "old", "whoever was reading goes on reading the old one"
    opened.close()
    assert file.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir() if "prom" in each.name] == ["corgea.prom"]


def test_a_folder_that_cannot_be_written_is_reported(corgea, stand_in, tmp_path):
    stand_in.answers["/metrics"] = (200, b"")
    code, _, err = corgea("metrics", "--textfile", tmp_path / "none" / "x.prom")
    assert code == 1
    assert err.startswith("corgea-daemon: ")
    assert "No such file or directory" in err
