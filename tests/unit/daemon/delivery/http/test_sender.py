"""What the sender does about errors that no code expects."""

import logging

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.sender import Sender
from daemon.domain.deliveries.request import OutgoingRequest

SECRET_URL = "https://hooks.example/T0PS3CRET"


class Broken:
    def choose(self, host):
        raise KeyError(SECRET_URL)


async def test_a_defect_is_an_outcome_and_is_logged_without_its_text(caplog):
    sender = Sender(NetworkPolicy())
    sender._pools = Broken()
    with caplog.at_level(logging.ERROR):
        outcome = await sender.attempt(OutgoingRequest(SECRET_URL, "", 0, b"{}"), 5)
    assert outcome.failure.kind == "protocol"
    assert outcome.failure.message == "unexpected KeyError"
    assert "KeyError" in caplog.text
    assert "test_sender.py" in caplog.text
    assert "T0PS3CRET" not in caplog.text
