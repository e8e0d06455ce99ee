"""Hostile text from events and receivers comes out of logs, exports and commands as plain text."""

import asyncio
import csv
import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from urllib.parse import quote

import pytest

from daemon.services.log import Log
from tests.hostile.corpus import TEXTS, dangers

OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m|\r(?=\n)")


async def hostile_receiver(rig):
    """A receiver whose answers attack in reason, headers and body; its URL."""
    attack = "".join(text for text in TEXTS if len(text) < 1000)
    line = attack.replace("\r", "").replace("\n", "").replace("\0", "").encode()

    async def talk(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))
            body = attack.encode() + b"\xff\xfe\xed\xa0\x80"
            writer.write(b"HTTP/1.1 599 " + line[:300] + b"\r\nX-Attack: " + line[:300])
            writer.write(b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=rig.authority.context())
    return server, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"


@pytest.fixture
async def attacked(rig):
    """A daemon with events, deliveries and answers made of the corpus."""
    server, url = await hostile_receiver(rig)
    await rig.webhook(url=url, events=["scan.*", "issue.*"], retry={"schedule": []})
    rig.ids = []
    for text in TEXTS:
        data = {
            "company": text,
            "project": {"id": text, "name": text},
            "status": text,
            "url": text,
            text: text,
        }
        rig.ids.append(await rig.emit(data, "issue.status_changed"))
    await rig.settled()
    yield rig
    server.close()


@contextmanager
def unseen():
    """Keep records from pytest: it cannot tell a lone surrogate from one worker to another."""
    root = logging.getLogger()
    theirs = [each for each in root.handlers if type(each).__module__ == "_pytest.logging"]
    for handler in theirs:
        root.removeHandler(handler)
    yield
    for handler in theirs:
        root.addHandler(handler)


async def test_logs_are_one_plain_line_a_record(attacked):
    stream = io.StringIO()
    log = Log(stream)
    with unseen():
        for style in ("text", "json"):
            log.apply("debug", style)
            for text in (*TEXTS, "\ud800 lone"):
                logging.getLogger("x").error("%s", text, exc_info=ValueError(text))
    log.close()
    lines = stream.getvalue().encode().decode().splitlines()
    assert len(lines) == 2 * (len(TEXTS) + 1)
    assert max(map(len, lines)) < 100_000
    assert dangers(stream.getvalue()) == set()
    assert dangers(attacked.log._printed.stream.getvalue()) == set()


async def test_csv_cells_neither_calculate_nor_command(attacked):
    text = (await attacked.get("/v1/deliveries.csv")).body.decode()
    assert dangers(text) == set()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 1 + len(TEXTS)
    for row in rows:
        assert len(row) == len(rows[0])
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


async def test_json_lines_mean_the_same_and_command_nothing(attacked):
    raw = (await attacked.get("/v1/deliveries.ndjson")).body.decode()
    assert dangers(raw) == set()
    listed = (await attacked.get("/v1/deliveries", limit=100)).json["items"]
    assert [json.loads(line) for line in raw.splitlines()] == listed


async def test_json_holds_the_text_as_it_came(attacked):
    for event, text in zip(attacked.ids, TEXTS, strict=True):
        answer = await attacked.get(f"/v1/events/{event['event_id']}")
        assert not {each for each in answer.body if each < 0x20}
        assert answer.json["payload"]["data"]["company"] == text


async def test_a_lone_surrogate_is_refused_and_not_repeated(rig):
    body = b'{"event_type":"scan.completed","data":{"a":"\\ud800"},"\\udfff":1}'
    answer = await rig.call("POST", "/v1/events", body)
    assert answer.status == 422
    assert dangers(answer.body.decode()) == set()


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) < 1000])
async def test_errors_repeat_nothing_raw(rig, text):
    form = {"name": text, "url": text, "events": [text], text: text, "projects": [text]}
    answers = [
        await rig.call("POST", "/v1/webhooks", form),
        await rig.call("POST", "/v1/events", {"event_type": text, "data": {}, text: 1}),
        await rig.get("/v1/deliveries", filter=f"{text} a:b", status=text, cursor=text),
        await rig.get("/v1/deliveries", **{f"x{text}": "1"}),
        await rig.call("POST", "/v1/deliveries/retry", {text: "1"}),
        await rig.get(f"/v1/{quote(text, safe='')}"),
        await rig.get(f"/v1/events/{quote(text, safe='')}"),
    ]
    for answer in answers:
        assert answer.status in {400, 404, 422}, answer.body
        shown = json.dumps(answer.json, ensure_ascii=False)
        assert dangers(shown) == set(), shown[:500]


def on_a_terminal(command, env) -> str:
    """What a command writes to a terminal, its own colours left out."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env)
    os.close(slave)
    written = b""
    with suppress(OSError):  # the terminal is gone with its last user
        while part := os.read(master, 65536):
            written += part
    os.close(master)
    assert process.wait(20) in {0, 1}, written
    return OWN_COLOURS.sub("", written.decode("utf-8", "strict"))


VERBS = (
    ("deliveries", "list"),
    ("deliveries", "show", "{delivery}"),
    ("deliveries", "export", "--format", "csv"),
    ("deliveries", "export", "--format", "ndjson"),
    ("events", "list"),
    ("events", "show", "{event}"),
    ("events", "explain", "{event}"),
    ("deliveries", "list", "--json"),
    ("events", "show", "{event}", "--json"),
    ("events", "explain", "{event}", "--json"),
    ("events", "list", "--json"),
    ("deliveries", "show", "{delivery}", "--json"),
    ("stats",),
)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
async def test_a_terminal_sees_no_raw_control(attacked, verb):
    env = {**os.environ, "CORGEA_HOME": str(attacked.paths.data), "TERM": "xterm-256color"}
    which = range(len(TEXTS)) if "{event}" in verb[-1] and "show" in verb else (0, 5, 7)
    for number in which if "{" in " ".join(verb) else (0,):
        one = attacked.ids[number]
        names = {"event": one["event_id"], "delivery": one["deliveries"][0]["id"]}
        words = [word.format(**names) for word in verb]
        command = [sys.executable, "-m", "corgea_tui", *words]
        text = await asyncio.to_thread(on_a_terminal, command, env)
        assert text
        assert dangers(text) == set(), (words, dangers(text))
