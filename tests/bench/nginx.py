"""The receiver: nginx as Debian ships it, one worker, HTTPS, answering `200 ok` to everything."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

CONFIGURATION = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  log_format delivery "$http_x_corgea_delivery";
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location / {{ return 200 "ok"; }}
    location /told {{
      access_log syslog:server=127.0.0.1:{told_port},nohostname delivery;
      return 200 "ok";
    }}
    location /hang {{
      proxy_pass http://127.0.0.1:{silent_port};
      proxy_read_timeout 600s;
    }}
  }}
}}
"""


class NoNginx(Exception):
    """nginx is not installed or does not start; the message says what to do."""


@dataclass(frozen=True)
class Nginx:
    """A running receiver; `ca_file` has the authority of its certificate.

    `told` receives a datagram for each request below `/told`, once nginx has answered it.
    """

    port: int
    ca_file: Path
    told: socket.socket

    def url(self, path: str = "/hook") -> str:
        """A URL on it. A request below `/hang` is never answered."""
        return f"https://127.0.0.1:{self.port}{path}"


@contextmanager
def nginx_of_its_own() -> Iterator[Nginx]:
    """A running nginx in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder, running_nginx(Path(folder)) as nginx:
        yield nginx


@contextmanager
def running_nginx(folder: Path) -> Iterator[Nginx]:
    """An nginx that runs until the block ends."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoNginx("nginx is not installed: `apt-get install nginx-light`")
    ca_file = _certificates(folder)
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as silent,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told,
    ):
        # Room for datagrams that arrive while the reader waits for the processor: a Unix socket has
        # room for ten, and nginx drops the rest.
        told.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        told.bind(("127.0.0.1", 0))
        port = _free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder,
                port=port,
                silent_port=silent.getsockname()[1],
                told_port=told.getsockname()[1],
            )
        )
        process = subprocess.Popen([program, "-c", configuration, "-p", folder])
        try:
            _wait_for(port, process)
            yield Nginx(port, ca_file, told)
        finally:
            process.terminate()
            process.wait()


def _certificates(folder: Path) -> Path:
    ca = trustme.CA()
    cert = ca.issue_cert("127.0.0.1", "localhost")
    cert.private_key_pem.write_to_path(str(folder / "key.pem"))
    for number, part in enumerate(cert.cert_chain_pems):
        part.write_to_path(str(folder / "cert.pem"), append=number > 0)
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    return ca_file


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoNginx("nginx did not start; run it by hand to see why") from None
            time.sleep(0.02)
        else:
            return
