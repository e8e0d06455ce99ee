import socket
import threading
from contextlib import suppress

import pytest

from corgea_tui.client.lean_http import BadAnswer, HttpConnection, ResponseTimeout


@pytest.fixture
def speak():
    """A connection whose other side says `said`, in the pieces given, and then closes or not."""
    made = []

    def connect(*pieces, close=True):
        ours, theirs = socket.socketpair()
        connection = HttpConnection(ours)
        connection.set_timeout(2.0)

        def serve():
            theirs.recv(65536)
            with suppress(OSError):  # nobody has to read all of it
                for piece in pieces:
                    theirs.sendall(piece)
                if close:
                    theirs.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=serve)
        thread.start()
        made.append((connection, theirs, thread))
        return connection

    yield connect
    for connection, theirs, thread in made:
        connection.close()
        thread.join()
        theirs.close()


def ask(connection):
    return connection.request("GET", "/x", {})


def test_a_counted_body(speak):
    answer = ask(speak(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"he", b"llo", close=False))
    assert (answer.status, answer.read(), answer.reusable) == (200, b"hello", True)


def test_a_chunked_body_cut_anywhere(speak):
    raw = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4;x=y\r\na\nbc\r\nA\r\nd\nefghijkl\r\n0\r\nTrailer: t\r\n\r\n"
    )
    answer = ask(speak(*[raw[at : at + 3] for at in range(0, len(raw), 3)], close=False))
    assert list(answer.lines()) == [b"a", b"bcd", b"efghijkl"]
    assert answer.reusable


def test_a_body_that_ends_with_the_connection(speak):
    answer = ask(speak(b"HTTP/1.1 200 OK\r\n\r\nall", b" of it"))
    assert (answer.read(), answer.reusable) == (b"all of it", False)


def test_connection_close_is_not_used_again(speak):
    answer = ask(speak(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    assert (answer.read(), answer.reusable) == (b"", False)


def test_no_content(speak):
    answer = ask(speak(b"HTTP/1.1 204 No Content\r\n\r\n", close=False))
    assert answer.read() == b""


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
    ],
)
def test_what_is_no_answer(speak, said):
    with pytest.raises(BadAnswer):
        ask(speak(said))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
    ],
)
def test_an_answer_that_breaks_off(speak, said):
    with pytest.raises(BadAnswer):
        ask(speak(said)).read()


def test_silence_is_distinguished(speak):
    connection = speak(b"HTTP/1.1 200 OK\r\n\r\nfirst\n", close=False)
    answer = ask(connection)
    answer.set_timeout(0.05)
    lines = answer.lines()
    assert next(lines) == b"first"
    with pytest.raises(ResponseTimeout):
        next(lines)
