"""The request of an attempt: the exact headers, in their order."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.deliveries.request import PreparedWebhook, Signatures, build_request, headers_of
from daemon.domain.deliveries.signature import Signer, sign
from daemon.domain.webhooks.config import Header, WebhookConfig

BODY = b'{"a":1}'
AT = 1_736_951_400


def config(**changes) -> WebhookConfig:
    return WebhookConfig("n", "https://example.com/x%2f?sig=%41", ("scan.*",), **changes)


def request(webhook: WebhookConfig, **changes):
    return build_request(
        webhook,
        event_id="evt-1",
        event_type="scan.completed",
        delivery_id="dlv-1",
        body=BODY,
        unix_seconds=AT,
        **changes,
    )


def test_without_a_secret_there_is_no_signature():
    sent = request(config())
    assert sent.headers == (
        ("Content-Type", "application/json"),
        ("X-Corgea-Event", "scan.completed"),
        ("X-Corgea-Delivery", "dlv-1"),
        ("X-Corgea-Timestamp", "1736951400"),
        ("User-Agent", "Corgea-Webhooks/1.0"),
    )


def test_url_and_body_are_sent_as_they_are():
    sent = request(config())
    assert sent.url == "https://example.com/x%2f?sig=%41"
    assert sent.body is BODY


def test_a_secret_signs_and_custom_headers_come_last():
    sent = request(config(secret="s3cret", headers=(Header("Authorization", "Bearer x"),)))
    assert sent.headers == (
        ("Content-Type", "application/json"),
        ("X-Corgea-Event", "scan.completed"),
        ("X-Corgea-Delivery", "dlv-1"),
        ("X-Corgea-Timestamp", "1736951400"),
        ("X-Corgea-Signature", sign(BODY, "s3cret")),
        ("User-Agent", "Corgea-Webhooks/1.0"),
        ("Authorization", "Bearer x"),
    )


def test_what_a_custom_header_says_is_sent_as_it_is():
    value = "100% %(event_id)s %s {event_type} %%: x"
    sent = request(config(headers=(Header("X-%s", value), Header("X-Empty", ""))))
    assert sent.headers[-2:] == (("X-%s", value), ("X-Empty", ""))
    assert sent.lines.endswith(f"\r\nX-%s: {value}\r\nX-Empty: \r\n")
    assert sent.count == 7


def test_after_a_rotation_both_secrets_sign():
    headers = dict(request(config(secret="new"), previous_secret="old").headers)
    assert headers["X-Corgea-Signature"] == sign(BODY, "new")
    assert headers["X-Corgea-Signature-Previous"] == sign(BODY, "old")


def test_standard_webhooks_headers_stand_beside():
    headers = dict(request(config(secret="new", standard_webhooks=True)).headers)
    assert headers["webhook-id"] == "evt-1"
    assert headers["webhook-timestamp"] == "1736951400"
    assert headers["webhook-signature"] == Signer("new").sign_standard("evt-1", AT, BODY)
    assert headers["X-Corgea-Signature"] == sign(BODY, "new")


def test_after_a_rotation_the_standard_header_carries_both():
    webhook = config(secret="new", standard_webhooks=True)
    headers = dict(request(webhook, previous_secret="old").headers)
    new, old = headers["webhook-signature"].split()
    assert new == Signer("new").sign_standard("evt-1", AT, BODY)
    assert old == Signer("old").sign_standard("evt-1", AT, BODY)


def test_standard_webhooks_without_a_secret_sends_nothing_of_it():
    names = [name for name, _ in request(config(standard_webhooks=True)).headers]
    assert not any(name.startswith("webhook-") for name in names)


@given(st.none() | st.text(), st.none() | st.text(), st.booleans(), st.binary())
def test_a_prepared_webhook_sends_what_a_single_request_would(secret, previous, standard, body):
    webhook = config(secret=secret, standard_webhooks=standard)
    facts = {
        "event_id": "e",
        "event_type": "scan.started",
        "delivery_id": "d",
        "body": body,
        "unix_seconds": AT,
    }
    prepared = PreparedWebhook(webhook, previous)
    assert prepared.request(**facts) == build_request(webhook, **facts, previous_secret=previous)
    assert prepared.request(**facts) == prepared.request(**facts)


def test_history_makes_the_headers_again_from_stored_signatures():
    webhook = config(secret="new", standard_webhooks=True, headers=(Header("X-A", "b"),))
    prepared = PreparedWebhook(webhook, "old")
    again = headers_of(
        event_id="evt-1",
        event_type="scan.completed",
        delivery_id="dlv-1",
        unix_seconds=AT,
        signatures=prepared.sign("evt-1", AT, BODY),
        custom=[("X-A", "b")],
    )
    assert again == request(webhook, previous_secret="old").headers
    assert Signatures() == PreparedWebhook(config()).sign("evt-1", AT, BODY)
