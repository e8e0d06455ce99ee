"""What is shown of what must not be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.webhooks.config import Header, WebhookConfig
from daemon.domain.webhooks.masking import (
    is_credential,
    is_masked,
    mask,
    mask_url,
    masked_headers,
    names_credential,
)


def test_a_value_is_shown_by_its_last_four_characters():
    assert mask("0123456789abcdef") == "••••cdef"


@given(st.text(max_size=7))
def test_nothing_of_a_short_value_is_shown(value):
    assert mask(value) == "••••"


@given(st.text())
def test_what_was_masked_is_known_as_such(value):
    assert is_masked(mask(value))


def test_a_real_value_is_not_taken_for_a_masked_one():
    assert not is_masked("Bearer abc...def")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXabcd",
            "hooks.slack.com/…abcd",
        ),
        ("https://127.0.0.1:8443/hook/one", "127.0.0.1:8443/…/one"),
        ("https://example.com/in?sig=abcdefgh", "example.com/…efgh"),
        ("https://example.com?sig=a/b/secret", "example.com/…cret"),
        ("https://example.com?sig=secret", "example.com/…cret"),
        ("https://example.com/hook", "example.com/…ok"),
        ("https://example.com/a", "example.com"),
        ("https://example.com/", "example.com"),
        ("https://example.com", "example.com"),
        ("https://[2606:4700::1111]:8443/abcdefgh", "[2606:4700::1111]:8443/…efgh"),
    ],
)
def test_a_url_is_shown_as_host_and_last_four_characters(url, shown):
    assert mask_url(url) == shown


@pytest.mark.parametrize(
    "name",
    ["Authorization", "authorization", "Cookie", "X-API-Key", "DD-API-KEY", "X-Auth-Token",
     "X-Automation-Webhook-Token", "Client-Secret", "X-PASSWORD"],
)  # fmt: skip
def test_names_of_credentials_are_known(name):
    assert names_credential(name)
    assert is_credential(Header(name, "value"))


@pytest.mark.parametrize("name", ["Accept", "X-Tenant", "Cookies-Accepted"])
def test_other_names_are_credentials_only_when_marked(name):
    assert not is_credential(Header(name, "value"))
    assert is_credential(Header(name, "value", credential=True))


def test_headers_are_shown_without_credentials():
    config = WebhookConfig(
        "n",
        "https://example.com",
        ("scan.*",),
        headers=(
            Header("Authorization", "Splunk 0123456789"),
            Header("X-Tenant", "0123456789", credential=True),
            Header("Accept", "application/json"),
        ),
    )
    sent = (
        ("Content-Type", "application/json"),
        ("authorization", "Splunk 0123456789"),
        ("x-tenant", "0123456789"),
        ("Accept", "application/json"),
    )
    assert masked_headers(sent, config) == (
        ("Content-Type", "application/json"),
        ("authorization", "••••6789"),
        ("x-tenant", "••••6789"),
        ("Accept", "application/json"),
    )
