import pytest

from daemon.delivery.http.errors import WireError
from daemon.delivery.http.target import is_loopback_host, parse_target


@pytest.mark.parametrize(
    ("url", "host", "port", "header", "target"),
    [
        ("https://hooks.example/a", "hooks.example", 443, b"hooks.example", b"/a"),
        ("HTTPS://Hooks.Example/A", "hooks.example", 443, b"hooks.example", b"/A"),
        ("https://hooks.example:443/", "hooks.example", 443, b"hooks.example", b"/"),
        ("https://hooks.example:8443", "hooks.example", 8443, b"hooks.example:8443", b"/"),
        ("https://hooks.example?x", "hooks.example", 443, b"hooks.example", b"/?x"),
        ("https://[2001:DB8::1]:8443/", "2001:db8::1", 8443, b"[2001:db8::1]:8443", b"/"),
        ("https://xn--bcher-kva.example/%C3%BC", "xn--bcher-kva.example", 443,
         b"xn--bcher-kva.example", b"/%C3%BC"),
        ("https://1-2-3-4/", "1-2-3-4", 443, b"1-2-3-4", b"/"),
        ("https://1.2.3.4/", "1.2.3.4", 443, b"1.2.3.4", b"/"),
        ("https://under_score.example./", "under_score.example.", 443, b"under_score.example.",
         b"/"),
        ("https://x.example/a@b:c//d", "x.example", 443, b"x.example", b"/a@b:c//d"),
    ],
)  # fmt: skip
def test_parts(url, host, port, header, target):
    destination = parse_target(url)
    assert destination.host == host
    assert destination.port == port
    assert destination.authority == header
    assert destination.target == target


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "//hooks.example/", "https:/hooks.example", "https://", "",
        "https://a@hooks.example/", "https://hooks.example/#", "https://hooks.example/\t",
        "https://hooks.example/\x7f", "https://-hooks.example/", "https://hooks..example/",
        "https://a\\b.example/", "https://127.1/", "https://0x7f.1/", "https://127.0.0.1./",
        "https://017700000001/", "https://[::1/", "https://[::1%25lo]/", "https://h.example:65536/",
        "https://h.example:-1/", "https://h.example:٣/", "https://bücher.example/", "https://h.example/ü",
        "https://h.example/a\\b", "https://" + "a" * 64 + ".example/",
    ],
)  # fmt: skip
def test_refused(url):
    with pytest.raises(WireError, match="the URL "):
        parse_target(url)


def test_a_refusal_keeps_the_path_to_itself():
    with pytest.raises(WireError) as refusal:
        parse_target("http://hooks.example/T0PS3CRET")
    assert "T0PS3CRET" not in str(refusal.value)


@pytest.mark.parametrize("host", ["localhost", "LocalHost.", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_hosts(host):
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "::2", "0.0.0.0", "example"])
def test_other_hosts(host):
    assert not is_loopback_host(host)
