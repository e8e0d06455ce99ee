import json
import subprocess
import sys

import pytest

from daemon.domain.deliveries.signature import sign

BODY = b'{"event_type":"scan.completed"}\n'


def test_signing_and_verifying(homeless, tmp_path):
    signature = homeless.tui("sign", "--secret", "s3cret", stdin=BODY).stdout.strip()
    assert signature == sign(BODY, "s3cret")
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    good = homeless.tui("verify", "--secret", f"@{secret}", "--signature", signature, stdin=BODY)
    assert (good.returncode, good.stdout) == (0, "✔ good signature\n")
    as_json = homeless.tui(
        "verify", "--secret", "s3cret", "--signature", signature, "--json", stdin=BODY
    )
    assert json.loads(as_json.stdout) == {"valid": True, "problem": None}


@pytest.mark.parametrize(
    ("signature", "said"),
    [("xyz", "not hex"), ("ab", "wrong length"), ("ab" * 32, "wrong secret or changed body")],
)
def test_a_bad_signature_is_1_and_explained(homeless, signature, said):
    ended = homeless.tui("verify", "--secret", "s", "--signature", signature, stdin=BODY)
    assert ended.returncode == 1
    assert said in ended.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(homeless, shell):
    ended = homeless.tui("completion", shell)
    assert ended.returncode == 0
    assert "_CORGEA_TUI_COMPLETE" in ended.stdout


def test_dial_stdio_bridges_to_the_control_socket(served):
    request = b"GET /v1/daemon HTTP/1.1\r\nHost: corgea\r\nConnection: close\r\n\r\n"
    with subprocess.Popen(
        [sys.executable, "-m", "corgea_tui", "dial-stdio"],
        env=served.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        answer = process.communicate(request, timeout=10)[0]
    assert process.returncode == 0
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)["role"] == "admin"


def test_dial_stdio_takes_a_file_too(served, tmp_path):
    file = tmp_path / "request"
    file.write_bytes(b"GET /v1/daemon HTTP/1.1\r\nHost: corgea\r\nConnection: close\r\n\r\n")
    with file.open("rb") as stdin:
        answer = subprocess.run(
            [sys.executable, "-m", "corgea_tui", "dial-stdio"],
            env=served.env,
            stdin=stdin,
            capture_output=True,
            timeout=10,
            check=True,
        ).stdout
    assert answer.startswith(b"HTTP/1.1 200")
