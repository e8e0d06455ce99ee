"""The paths of files and sockets, for the daemon and its clients (interfaces.md, Files)."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SOCKET_PATH_MAX = 107
"""Bytes in `sun_path` on Linux, less the closing NUL."""


class PathProblem(Exception):
    """A path that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Paths:
    """The paths of one daemon and its clients."""

    settings: Path
    tui_settings: Path
    webhooks: Path
    data: Path
    run: Path
    log: Path | None
    """The log file of a daemon that the app starts; None for the journal."""
    store: Path | None = None
    """The database of the settings (`[store] url`), if set."""

    @classmethod
    def resolve(
        cls, env: os._Environ[str] | dict[str, str] = os.environ, *, system: bool = False
    ) -> Self:
        """Find the paths; `CORGEA_HOME` puts all of them under one folder."""
        if home := env.get("CORGEA_HOME"):
            root = Path(home).expanduser().absolute()
            return cls(
                root / "daemon.toml",
                root / "tui.toml",
                root / "webhooks.d",
                root,
                root / "run",
                root / "daemon.log",
            )
        if system:
            etc = Path("/etc/corgea")
            return cls(
                etc / "daemon.toml",
                etc / "tui.toml",
                etc / "webhooks.d",
                Path(env.get("STATE_DIRECTORY") or "/var/lib/corgea"),
                Path(env.get("RUNTIME_DIRECTORY") or "/run/corgea"),
                None,
            )
        config = _xdg(env, "XDG_CONFIG_HOME", ".config")
        data = _xdg(env, "XDG_DATA_HOME", ".local/share")
        runtime = env.get("XDG_RUNTIME_DIR")
        return cls(
            config / "daemon.toml",
            config / "tui.toml",
            config / "webhooks.d",
            data,
            Path(runtime) / "corgea" if runtime else data / "run",
            _xdg(env, "XDG_STATE_HOME", ".local/state") / "daemon.log",
        )

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.store or self.data / "corgea.db"

    @property
    def reserve(self) -> Path:
        """A file that reserves disk space for the database; removed when the disk is full."""
        return self.database.with_name(f"{self.database.name}.reserve")

    @property
    def key(self) -> Path:
        """The key file that encrypts secrets; outside the database and its backups."""
        return self.data / "corgea.key"

    @property
    def lock(self) -> Path:
        """The lock file of the one daemon that owns the database, beside it."""
        return self.database.with_name(f"{self.database.stem}.lock")

    @property
    def listen_ca(self) -> Path:
        """The certificate authority of `listen` and `demo`, trusted for loopback only."""
        return self.data / "listen-ca.pem"

    @property
    def listen_ca_key(self) -> Path:
        """The private key of `listen_ca`."""
        return self.data / "listen-ca.key"

    @property
    def control(self) -> Path:
        """The socket for every call."""
        return self.run / "control.sock"

    @property
    def inbox(self) -> Path:
        """The socket for events only."""
        return self.run / "inbox.sock"

    def make(self) -> None:
        """Create missing folders, private to the owner; raises `PathProblem`."""
        folders = (self.data, self.run, self.settings.parent, self.webhooks)
        for folder in folders:
            if any("\udc80" <= each <= "\udcff" for each in str(folder)):
                raise PathProblem(
                    f"the name {os.fsencode(folder)!r} is not UTF-8: the folder cannot be watched;"
                    " set CORGEA_HOME to another folder"
                )
            try:
                _make_private(folder)
            except OSError as error:
                raise PathProblem(
                    f"cannot make {folder}: {error.strerror}; make it writable for this user"
                    " or set CORGEA_HOME to a folder that is",
                ) from error
        for folder in (self.data, self.run):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PathProblem(
                    f"cannot write to {folder}; make it writable for this user"
                    " or set CORGEA_HOME to a folder that is",
                )
        for folder in dict.fromkeys((*folders, self.database.parent)):
            if folder.exists():
                _check_owner(folder)
        self.check_sockets()

    def check_sockets(self) -> None:
        """Refuse socket paths that are too long for the kernel."""
        for socket in (self.control, self.inbox):
            length = len(os.fsencode(socket))
            if length > SOCKET_PATH_MAX:
                raise PathProblem(
                    f"{socket} is {length} bytes long, but a Unix socket's path may have at most"
                    f" {SOCKET_PATH_MAX}; set CORGEA_HOME or XDG_RUNTIME_DIR to a shorter folder",
                )


def _make_private(folder: Path) -> None:
    """Create a folder and its missing parents for the owner alone: others could replace it."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def _check_owner(folder: Path) -> None:
    """Refuse a folder in which another user could put a database, a key or settings."""
    found = folder.stat()
    if found.st_mode & stat.S_IWOTH:
        raise PathProblem(
            f"every user may write to {folder}; close it (chmod o-w {folder})"
            " or set CORGEA_HOME to a folder of your own",
        )
    if os.geteuid() != 0 and found.st_uid not in {os.geteuid(), 0}:
        raise PathProblem(
            f"{folder} belongs to another user; set CORGEA_HOME to a folder of your own"
        )


def _xdg(env: os._Environ[str] | dict[str, str], name: str, default: str) -> Path:
    """Our folder in an XDG base folder; relative values are ignored, as XDG specifies."""
    value = env.get(name, "")
    base = Path(value) if value.startswith("/") else Path(env.get("HOME") or Path.home()) / default
    return base / "corgea"
