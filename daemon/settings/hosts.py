"""Kinds of settings about the host and the network: names, addresses, files, programs."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from daemon.protocol import Role
from daemon.settings.kinds import BadValue, OneOf, read_each
from daemon.util.plain_file import read_plain
from daemon.util.toml import inline


@dataclass(frozen=True)
class Name:
    """The name of a group of this host, or its number as text."""

    def read(self, value: Any) -> str:
        """The name."""
        if not isinstance(value, str) or not re.fullmatch(r"[^\s:,/]{1,64}", value):
            raise BadValue("must be a group's name or number, as text")
        return value

    def write(self, value: str) -> str:
        """The name."""
        return inline(value)


@dataclass(frozen=True)
class StoreUrl:
    """The URL of the store, an SQLite database."""

    def read(self, value: Any) -> str:
        """The URL."""
        if not isinstance(value, str) or not value.startswith("sqlite:///"):
            raise BadValue('must be text like "sqlite:////var/lib/corgea/corgea.db"')
        if not value.startswith("sqlite:////"):
            raise BadValue("must hold an absolute path: sqlite:////… with four slashes")
        return value

    def write(self, value: str) -> str:
        """The URL."""
        return inline(value)


@dataclass(frozen=True)
class ProxyUrl:
    """The address of an HTTP proxy."""

    def read(self, value: Any) -> str:
        """The URL."""
        problem = 'must be text like "http://proxy.example.com:3128"'
        if not isinstance(value, str) or not value.isprintable() or " " in value:
            raise BadValue(problem)
        try:
            parts = urlsplit(value)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
            valid = valid and (parts.port is None or parts.port > 0)
        except ValueError:
            raise BadValue(problem) from None
        if not valid or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise BadValue(problem)
        return value

    def write(self, value: str) -> str:
        """The URL."""
        return inline(value)


@dataclass(frozen=True)
class CertificateFile:
    """A readable PEM file of certificate authorities."""

    def read(self, value: Any) -> Path:
        """The file's absolute path; `~` is the home folder."""
        path = Path(value).expanduser() if isinstance(value, str) and value else None
        if path is None or not path.is_absolute():
            raise BadValue("must be the absolute path of a PEM file")
        import ssl

        try:
            read_plain(path)
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except ssl.SSLError:
            raise BadValue(f"{path} holds no PEM certificates") from None
        except OSError as error:
            raise BadValue(f"cannot read {path}: {error.strerror}") from None
        return path

    def write(self, value: Path) -> str:
        """The path."""
        return inline(str(value))


@dataclass(frozen=True)
class Ranges:
    """Address ranges in CIDR form; a single address is a range of one."""

    def read(self, value: Any) -> tuple[str, ...]:
        """The ranges, each in its canonical form."""
        if not isinstance(value, list):
            raise BadValue('must be a list of address ranges, e.g. ["10.1.0.0/16"]')
        return tuple(read_each(enumerate(value), self._range))

    @staticmethod
    def _range(item: Any) -> str:
        if not isinstance(item, str):
            raise BadValue('must hold address ranges as text, e.g. "10.1.0.0/16"')
        try:
            return str(ipaddress.ip_network(item))
        except ValueError as error:
            raise BadValue(f"{error}; write an address range like 10.1.0.0/16") from None

    def write(self, value: tuple[str, ...]) -> str:
        """The ranges as a list."""
        return inline(value)


@dataclass(frozen=True)
class Command:
    """A program and its arguments, run without a shell."""

    def read(self, value: Any) -> tuple[str, ...]:
        """The program and its arguments."""
        valid = isinstance(value, list) and all(
            isinstance(word, str) and "\0" not in word for word in value
        )
        if not valid or not value or not value[0]:
            raise BadValue(
                'must be a list of a program and its arguments, e.g. ["/usr/bin/notify", "-v"]'
            )
        return tuple(value)

    def write(self, value: tuple[str, ...]) -> str:
        """The program and its arguments as a list."""
        return inline(value)


@dataclass(frozen=True)
class Roles:
    """Names with the role of each, as a table."""

    def read(self, value: Any) -> dict[str, Role]:
        """The role of each name."""
        if not isinstance(value, dict):
            raise BadValue('must be a table of names and roles, e.g. { alice = "admin" }')
        read_each(value.items(), OneOf(get_args(Role)).read)
        return value

    def write(self, value: Mapping[str, Role]) -> str:
        """An inline table."""
        return inline(value)
