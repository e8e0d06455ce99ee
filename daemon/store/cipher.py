"""Encryption at rest: the cipher, its key file, and the sealed columns (rules.md §2).

A sealed value is `version (1 byte) · nonce (12) · AES-256-GCM`. It is bound to its row: a value
copied into another row does not open. The keys are in a file beside the database, one line for each
version: `VERSION:BASE64`.
"""

import base64
import os
import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daemon.domain.webhooks.config import Header, WebhookConfig

_NONCE = 12
_KEY = 32
_VERSIONS = 255
"""Versions that a sealed value's first byte can name."""


class KeyProblem(Exception):
    """The key file cannot be used, or does not fit the database; the message says what to do."""


class Cipher:
    """Seals and opens values with the keys of one file. Only the newest key seals."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        self.version = max(keys)
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}

    @classmethod
    def from_file(cls, path: Path, *, make: bool) -> "Cipher":
        """Read the key file; with `make`, create a missing one."""
        if make and not path.exists():
            write_keys(path, {1: secrets.token_bytes(_KEY)})
        return cls(read_keys(path))

    def seal(self, plain: bytes, identity: str) -> bytes:
        """Encrypt `plain` for the row named `identity`, e.g. `webhook:7`."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.version].encrypt(nonce, plain, identity.encode())
        return bytes((self.version,)) + nonce + sealed

    def open(self, sealed: bytes, identity: str) -> bytes:
        """Decrypt a value of the row named `identity`."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise KeyProblem(
                f"{identity} was sealed with a key that the key file does not hold;"
                " put back the key file that belongs to this database",
            )
        try:
            return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], identity.encode())
        except InvalidTag as error:
            raise KeyProblem(
                f"{identity} does not open with the key file;"
                " put back the key file that belongs to this database",
            ) from error


def read_keys(path: Path) -> dict[int, bytes]:
    """The keys of a file by version."""
    try:
        lines = path.read_text("ascii").split()
    except FileNotFoundError:
        raise KeyProblem(
            f"{path} is missing, and the database holds values that it sealed; put it back from"
            " where you keep it (it is in no backup), or start with a new home",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProblem(f"cannot read {path}: {error}") from error
    keys = {}
    for number, line in enumerate(lines, 1):
        version, key = _read_line(line)
        if not 0 < version <= _VERSIONS or len(key) != _KEY:
            raise KeyProblem(
                f"{path} is damaged: line {number} is not a key of {_KEY} bytes;"
                " put back a copy of it"
            )
        keys[version] = key
    if not keys:
        raise KeyProblem(f"{path} holds no key; put back a copy of it")
    return keys


def _read_line(line: str) -> tuple[int, bytes]:
    """Version and key; version 0 for a bad line. An error would quote what may be the key."""
    version, _, text = line.partition(":")
    try:
        return int(version), base64.b64decode(text, validate=True)
    except ValueError:
        return 0, b""


def write_keys(path: Path, keys: dict[int, bytes]) -> None:
    """Write a key file in one step, for its owner alone."""
    text = "".join(
        f"{version}:{base64.b64encode(key).decode()}\n" for version, key in sorted(keys.items())
    )
    draft = path.with_name(f".{path.name}.new")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    # The next value may be sealed with a new key: the file must survive a power cut before that.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def rotated(keys: dict[int, bytes]) -> dict[int, bytes]:
    """The same keys and a new one, which seals from now on. Raises KeyProblem."""
    version = max(keys) + 1
    if version > _VERSIONS:
        raise KeyProblem(
            f"there were {_VERSIONS} keys, the most that a database can distinguish;"
            " start with a new home"
        )
    return {**keys, version: secrets.token_bytes(_KEY)}


# The sealed columns


class _Secrets(msgspec.Struct, frozen=True):
    """The part of a configuration that is encrypted at rest (rules.md §2)."""

    url: str
    secret: str | None
    header_values: list[str]
    body_template: str | None


_configs = msgspec.json.Decoder(WebhookConfig)
_secrets = msgspec.json.Decoder(_Secrets)
_encode = msgspec.json.Encoder().encode


def seal_config(row: int, config: WebhookConfig, cipher: Cipher) -> tuple[str, bytes]:
    """The columns `config` (readable) and `sealed` of a webhook's row."""
    hidden = _Secrets(
        config.url,
        config.secret,
        [header.value for header in config.headers],
        config.body_template,
    )
    readable = msgspec.structs.replace(
        config,
        url="",
        secret=None,
        headers=tuple(Header(h.name, "", h.credential) for h in config.headers),
        body_template=None,
    )
    return _encode(readable).decode(), cipher.seal(_encode(hidden), f"webhook:{row}")


def open_config(row: int, readable: str, sealed: bytes | None, cipher: Cipher) -> WebhookConfig:
    """The configuration; a deleted webhook's has no sealed values."""
    config = _configs.decode(readable)
    if sealed is None:
        return config
    hidden = _secrets.decode(cipher.open(sealed, f"webhook:{row}"))
    return msgspec.structs.replace(
        config,
        url=hidden.url,
        secret=hidden.secret,
        headers=tuple(
            Header(h.name, value, h.credential)
            for h, value in zip(config.headers, hidden.header_values, strict=True)
        ),
        body_template=hidden.body_template,
    )


def seal_secret(row: int, secret: str, cipher: Cipher) -> bytes:
    """The column `previous_secret`."""
    return cipher.seal(secret.encode(), f"previous:{row}")


def open_secret(row: int, sealed: bytes | None, cipher: Cipher) -> str | None:
    """The secret that was replaced, while it still signs."""
    return None if sealed is None else cipher.open(sealed, f"previous:{row}").decode()


class SentShape(msgspec.Struct, frozen=True):
    """The URL and the masked custom headers of a revision's requests, for the history."""

    url: str
    headers: tuple[tuple[str, str], ...]
    standard_webhooks: bool = False


_shapes = msgspec.json.Decoder(SentShape)


def seal_shape(revision: int, shape: SentShape, cipher: Cipher) -> bytes:
    """The column `sealed` of a revision's row."""
    return cipher.seal(_encode(shape), f"revision:{revision}")


def open_shape(revision: int, sealed: bytes, cipher: Cipher) -> SentShape:
    """The shape of a revision's requests."""
    return _shapes.decode(cipher.open(sealed, f"revision:{revision}"))
