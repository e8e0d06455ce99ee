"""No webhook reaches a private address through the whole daemon, however it is spelt."""

import asyncio
import socket
from contextlib import closing

import pytest

SPELLINGS = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0",
    "127.0.0.1.", "10.0.0.1", "169.254.169.254", "2852039166", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[fd00:ec2::254]", "[fe80::1]", "localhost",
    "LOCALHOST", "0300.0250.0.1", "127.0.0.01", "127.0.0.0x1", "127.0.0.1%00", "127.0.0.1%2e",
    "\uff11\uff12\uff17.0.0.1", "\u2460.0.0.1", "\u24db\u24debalhost", "127\u30020\u30020\u30021",
    "example.com@127.0.0.1", "127.0.0.1\\@example.com", "example.com#@127.0.0.1", "127.0.0.1 ",
    "[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]", "[0:0:0:0:0:ffff:7f00:1]", "[fec0::1]",
    "[ff02::1]", "[64:ff9b:1::7f00:1]", "[::ffff:0:7f00:1]", "[2001:db8::1]", "[2001::1]",
)  # fmt: skip
CLOSED = "[network]\nallow = []\n"
OPEN = '[network]\nallow = ["0.0.0.0/0", "::/0"]\n'
METADATA = ("169.254.169.254", "2852039166", "[::ffff:169.254.169.254]", "100.100.100.200",
            "168.63.129.16", "192.0.0.192", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::a9fe:a9fe]", "[::ffff:0:a9fe:a9fe]", "[::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]", "[::ffff:100.100.100.200]")  # fmt: skip


@pytest.fixture
def listening():
    """A listening port to which no connection may come."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.setblocking(False)
        yield sock


def free_port() -> int:
    """A port on which no socket listens."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def no_connection(sock) -> bool:
    try:
        sock.accept()[0].close()
    except BlockingIOError:
        return True
    return False


def form(host, port):
    return {"url": f"https://{host}:{port}/", "events": ["scan.*"], "retry": {"schedule": []}}


def only(rig, text):
    """Settings with this network and no other."""
    rig.paths.settings.write_text(f"[delivery]\nschedule = []\ntimeout = 2\n{text}")
    rig.live.reload()


@pytest.mark.parametrize("how", ["event", "test", "unsaved"])
async def test_no_spelling_gets_through(rig, listening, how):
    only(rig, CLOSED)
    port = listening.getsockname()[1]
    for number, host in enumerate(SPELLINGS):
        kind = await outcome(rig, {"name": f"h{number}", **form(host, port)}, how)
        assert kind in {"blocked", "refused to save"}, (host, kind)
    assert no_connection(listening)


@pytest.mark.parametrize("how", ["event", "test", "unsaved"])
async def test_metadata_addresses_are_blocked_even_if_everything_is_allowed(rig, how):
    only(rig, OPEN)
    for number, host in enumerate(METADATA):
        kind = await outcome(rig, {"name": f"h{number}", **form(host, 9)}, how)
        assert kind in {"blocked", "refused to save"}, (host, kind)


async def outcome(rig, form, how) -> str:
    """The kind of the error that a webhook of this form ends with."""
    if how == "unsaved":
        answer = await rig.call("POST", "/v1/webhooks/test", form)
    else:
        answer = await rig.call("POST", "/v1/webhooks", form)
    if answer.status == 422:
        assert "url" in answer.problems
        return "refused to save"
    if how == "test":
        answer = await rig.call("POST", f"/v1/webhooks/{form['name']}/test")
    if how == "event":
        await rig.emit()
        await rig.settled()
        answer = await rig.get("/v1/deliveries", event_type="scan.completed", webhook=form["name"])
        return answer.json["items"][0]["error"]["kind"]
    return answer.json["attempt"]["error"]["kind"]


def names_lead_to(monkeypatch, addresses):
    """Have the system's resolver give `addresses()` for every name under `.example`."""
    ask_system = socket.getaddrinfo

    def getaddrinfo(host, *rest, **more):
        if not host.endswith(".example"):
            return ask_system(host, *rest, **more)
        return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def test_a_name_that_changes_its_address_is_judged_each_time(rig, listening, monkeypatch):
    only(rig, '[network]\nallow = ["127.0.0.1"]\n')
    port = listening.getsockname()[1]
    answers = [("10.0.0.1", "192.168.0.1"), ("169.254.169.254",), ("::ffff:10.0.0.1",)]
    names_lead_to(monkeypatch, lambda: answers.pop(0))
    await rig.webhook(**form("rebinding.example", port))
    for _ in range(3):
        answer = await rig.call("POST", "/v1/webhooks/hook/test")
        assert answer.json["attempt"]["error"]["kind"] == "blocked"
    assert answers == []
    assert no_connection(listening)


@pytest.mark.parametrize("host", METADATA)
async def test_no_proxy_is_asked_for_metadata(rig, listening, host):
    """Whatever else a proxy may reach, and must judge itself."""
    proxy = f"http://127.0.0.1:{listening.getsockname()[1]}"
    only(rig, f'[network]\nproxy = "{proxy}"\nallow = ["127.0.0.1"]\n')
    kind = await outcome(rig, {"name": "hook", **form(host, 443)}, "unsaved")
    assert kind in {"blocked", "refused to save"}
    assert no_connection(listening)


MIXED = (
    ("10.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "169.254.169.254"),
    ("::ffff:169.254.169.254", "fd00:ec2::254", "127.0.0.1"),
)


@pytest.mark.parametrize("answer", MIXED, ids=" ".join)
async def test_of_mixed_answers_only_what_is_open_is_dialled(rig, monkeypatch, answer):
    dialled = []
    only(rig, '[network]\nallow = ["127.0.0.1"]\n')
    names_lead_to(monkeypatch, lambda: answer)
    loop = asyncio.get_running_loop()
    sock_connect = loop.sock_connect

    async def noted(sock, address):
        dialled.append(address[0])
        await sock_connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", noted)
    port = free_port()
    await rig.webhook(**form("mixed.example", port))
    answer = await rig.call("POST", "/v1/webhooks/hook/test")
    assert answer.json["attempt"]["error"]["kind"] == "refused"
    assert set(dialled) == {"127.0.0.1"}
