"""Signatures, checked by the reference's own code and by the Standard Webhooks package."""

import base64
import hashlib
import hmac
import shutil
import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from daemon.domain.deliveries.signature import (
    Signer,
    decoded_key,
    sign,
    standard_key,
    verify,
    verify_standard,
)

SECRET = "a-secret-of-more-than-32-characters-é"
BODY = '{"event_type":"scan.completed","data":{"name":"Zoë \U0001f510"}}'.encode()


def test_a_known_signature():
    # printf '{"a":1}' | openssl dgst -sha256 -hmac secret
    assert sign(b'{"a":1}', "secret") == (
        "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"
    )


def verify_webhook_signature(payload, signature, secret):
    """The reference's own Python, as it stands there."""
    expected_signature = hmac.new(
        secret.encode("utf-8"), payload.encode("utf-8"), hashlib.sha256
    ).hexdigest()

    return hmac.compare_digest(expected_signature, signature)


@given(st.text().map(str.encode) | st.just(BODY), st.text(min_size=1))
def test_the_references_python_accepts_our_signatures(body, secret):
    assert verify_webhook_signature(body.decode(), sign(body, secret), secret)
    assert Signer(secret).sign(body) == sign(body, secret)


def test_the_references_python_refuses_another_body():
    assert not verify_webhook_signature("other", sign(BODY, SECRET), SECRET)


REFERENCE_JAVASCRIPT = """
const crypto = require('crypto');
function verifyWebhookSignature(payload, signature, secret) {
  const expectedSignature = crypto
    .createHmac('sha256', secret)
    .update(payload)
    .digest('hex');

  return crypto.timingSafeEqual(
    Buffer.from(expectedSignature),
    Buffer.from(signature)
  );
}
const [signature, secret] = process.argv.slice(1);
const payload = require('fs').readFileSync(0);
console.log(verifyWebhookSignature(payload, signature, secret));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(("body", "answer"), [(BODY, "true"), (BODY + b" ", "false")])
def test_the_references_javascript_judges_our_signatures(body, answer):
    judged = subprocess.run(
        ["node", "-e", REFERENCE_JAVASCRIPT, "--", sign(BODY, SECRET), SECRET],
        input=body,
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert judged.stdout.decode().strip() == answer


def test_a_good_signature_is_verified():
    assert verify(BODY, sign(BODY, SECRET), SECRET) is None
    assert verify(BODY, sign(BODY, SECRET).upper() + "\n", SECRET) is None


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (sign(BODY, "another secret"), "wrong secret or changed body"),
        (sign(BODY + b" ", SECRET), "wrong secret or changed body"),
        (sign(BODY, SECRET)[:-1], "wrong length: 63"),
        (sign(BODY, SECRET) + "00", "wrong length: 66"),
        ("", "wrong length: 0"),
        ("g" * 64, "not hex"),
        ("é" * 64, "not hex"),
        ("\u0661" * 64, "not hex"),
        ("sha256=" + sign(BODY, SECRET), "leave out sha256="),
        ("v1,abc=", "not hex"),
    ],
)
def test_a_bad_signature_is_refused_with_the_reason(signature, reason):
    assert reason in verify(BODY, signature, SECRET)


@given(st.text(), st.binary(), st.text())
def test_nothing_verifies_by_chance_or_crashes(signature, body, secret):
    assert verify(body, signature, secret) is not None


WHSEC = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def standard_headers(body: bytes, secret: str) -> dict[str, str]:
    now = int(time.time())
    return {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(now),
        "webhook-signature": Signer(secret).sign_standard("evt-1", now, body),
    }


def test_standard_webhooks_accepts_our_signature():
    Webhook(WHSEC).verify(BODY, standard_headers(BODY, WHSEC))


def test_standard_webhooks_refuses_a_changed_body():
    with pytest.raises(WebhookVerificationError):
        Webhook(WHSEC).verify(BODY + b" ", standard_headers(BODY, WHSEC))


def test_a_plain_secret_is_the_key_itself():
    receiver = Webhook(base64.b64encode(SECRET.encode()).decode())
    receiver.verify(BODY, standard_headers(BODY, SECRET))


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_c2VjcmV0", b"secret"),
        ("c2VjcmV0", None),
        ("whsec_", None),
        ("whsec_not base64", None),
        ("whsec_c2VjcmV", None),
        ("whsec_é", None),
    ],
)
def test_only_sound_base64_after_whsec_is_decoded(secret, key):
    assert (decoded_key(secret) or None) == key
    assert standard_key(secret) == key or standard_key(secret) == secret.encode()


def test_our_own_check_of_standard_headers():
    signature = Signer(WHSEC).sign_standard("evt-1", 1_736_951_400, BODY)

    def check(body=BODY, message_id="evt-1", timestamp="1736951400", signature=signature):
        return verify_standard(
            body, message_id=message_id, timestamp=timestamp, signature=signature, secret=WHSEC
        )

    assert check() is None
    assert check(signature=f"v1,other= {signature}") is None
    for changed in (
        {"body": BODY + b" "},
        {"message_id": "evt-2"},
        {"timestamp": "1736951401"},
        {"signature": ""},
        {"signature": "v1,é \ud800"},
        {"timestamp": "\ud800"},
    ):
        assert "wrong secret" in check(**changed)
