"""A real sshd on loopback, with keys of its own."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.daemon import short_home

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
needs_sshd = pytest.mark.skipif(not Path(SSHD).exists(), reason="there is no sshd")


def key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@contextmanager
def sshd(home):
    """Starts an sshd: `start(AllowStreamLocalForwarding="no")` gives the client's environment.

    Who comes in finds the daemon whose home is `home`.
    """
    with short_home() as folder:
        key(folder / "host")
        key(folder / "user")
        shutil.copy(folder / "user.pub", folder / "authorized")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        started = []
        # The commands of this environment, whether or not it is on the path of who runs the tests.
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

        def make(**settings):
            config = {
                "ListenAddress": "127.0.0.1",
                "Port": port,
                "HostKey": folder / "host",
                "AuthorizedKeysFile": folder / "authorized",
                "PidFile": "none",
                "StrictModes": "no",
                "UsePAM": "no",
                "PermitRootLogin": "prohibit-password",
                "SetEnv": f"CORGEA_HOME={home} PATH={path}",
                **settings,
            }
            lines = "".join(f"{name} {value}\n" for name, value in config.items())
            (folder / "sshd_config").write_text(lines)
            command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
            log = (folder / "log").open("wb")
            started.append((subprocess.Popen(command, stderr=log), log))
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline and started[0][0].poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            else:
                pytest.skip("sshd does not run here: " + (folder / "log").read_text()[-200:])
            options = f"-F none -i {folder / 'user'} -o StrictHostKeyChecking=no"
            known = f"-o UserKnownHostsFile={folder / 'known'} -o LogLevel=ERROR"
            return {
                "CORGEA_SSH": f"ssh {options} {known}",
                "CORGEA_HOST": f"ssh://{getpass.getuser()}@127.0.0.1:{port}",
                "CORGEA_HOME": str(folder / "nobody"),
            }

        yield make
        for process, log in started:
            process.terminate()
            process.wait()
            log.close()
