"""How a webhook's configuration stands in its row: what may be read, and what is sealed."""

import msgspec

from daemon.domain.webhooks.config import Header, WebhookConfig
from daemon.store.cipher import Cipher


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
    shown = msgspec.structs.replace(
        config,
        url="",
        secret=None,
        headers=tuple(Header(h.name, "", h.credential) for h in config.headers),
        body_template=None,
    )
    return _encode(shown).decode(), cipher.seal(_encode(hidden), f"webhook:{row}")


def open_config(row: int, shown: str, sealed: bytes | None, cipher: Cipher) -> WebhookConfig:
    """The whole configuration; a deleted webhook's comes without what was sealed."""
    config = _configs.decode(shown)
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
    """What history shows of a revision's request: the URL, and the custom headers, masked."""

    url: str
    headers: tuple[tuple[str, str], ...]
    standard_webhooks: bool = False


_shapes = msgspec.json.Decoder(SentShape)


def seal_shape(revision: int, shape: SentShape, cipher: Cipher) -> bytes:
    """The column `sealed` of a revision's row."""
    return cipher.seal(_encode(shape), f"revision:{revision}")


def open_shape(revision: int, sealed: bytes, cipher: Cipher) -> SentShape:
    """What a revision sent."""
    return _shapes.decode(cipher.open(sealed, f"revision:{revision}"))
