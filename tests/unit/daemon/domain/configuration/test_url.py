"""The address of a webhook."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.configuration.target import url_problem


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/",
        "https://example.com?a=b",
        "https://example.com:8443/hook?sig=%2F&x=@y:z",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://prod-1.westeurope.logic.azure.com:443/workflows/a/triggers/m/paths/invoke?sv=1.0",
        "HTTPS://Example.COM/Hook",
        "https://xn--mnchen-3ya.example/",
        "https://my_service.internal./",
        "https://localhost:1/",
        "https://127.0.0.1:65535/",
        "https://[::1]:8443/",
        "https://[2606:4700::1111]/",
        "https://example.com/a//b/../c;d='(x)!*,~",
        'https://example.com/"<>{}|^`',
    ],
)
def test_good_urls(url):
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/", "must start with https://"),
        ("ftp://example.com/", "must start with https://"),
        ("example.com/hook", "is not a URL"),
        ("https:/example.com", "is not a URL"),
        ("//example.com", "is not a URL"),
        ("https://", "no valid host"),
        ("https:///path", "no valid host"),
        ("https://?x", "no valid host"),
        ("https://user@example.com/", "user name"),
        ("https://user:pass@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com/#top", "fragment"),
        ("https://example.com#", "fragment"),
        ("https://example.com/a b", "%20"),
        (" https://example.com/", "%20"),
        ("https://example.com/é", "ASCII"),
        ("https://münchen.example/", "xn--"),
        ("https://example.com/\n", "ASCII"),
        ("https://exa\tmple.com/", "ASCII"),
        ("https://example.com/\x00", "ASCII"),
        ("https://example.com/\u202e", "ASCII"),
        ("https://example.com\\@evil.example/", "backslash"),
        ("hooks.slack.com/…XXXX", "shortened"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:/", "port"),
        ("https://example.com:8a/", "port"),
        ("https://example.com:+443/", "port"),
        ("https://exam ple.com/", "%20"),
        ("https://-example.com/", "host"),
        ("https://example-.com/", "host"),
        ("https://example..com/", "host"),
        ("https://.example.com/", "host"),
        ("https://./", "host"),
        ("https://exa%6dple.com/", "host"),
        ("https://" + "a" * 64 + ".example/", "host"),
        ("https://" + "a." * 130 + "example/", "host"),
        ("https://127.1/", "IPv4"),
        ("https://2130706433/", "IPv4"),
        ("https://0x7f000001/", "IPv4"),
        ("https://0177.0.0.1/", "IPv4"),
        ("https://1.2.3.256/", "IPv4"),
        ("https://example.1/", "IPv4"),
        ("https://[::1/", "host"),
        ("https://::1/", "host"),
        ("https://[1.2.3.4]/", "IPv6"),
        ("https://[fe80::1%25eth0]/", "IPv6"),
        ("https://[v1.x]/", "IPv6"),
        ("https://[::1]x:443/", "host"),
        ("https://example.com/" + "x" * 5000, "longer"),
    ],
)
def test_bad_urls(url, said):
    assert said in url_problem(url)


@given(st.text())
def test_no_text_is_anything_else_than_sound_or_not(text):
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        problem = url_problem(url)
        if problem is None:
            assert url.isascii()
            assert url.isprintable()
            assert not set(url) & set(" #\\")
