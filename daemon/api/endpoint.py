"""`Endpoint`: method, path, role, handler and types of a call, as data.

Dispatch, access control and the OpenAPI document use it. The table of all endpoints is
`all_endpoints.py`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from daemon.protocol import Role

Handler = Callable[[Any], Awaitable[web.StreamResponse]]
"""Answers a `daemon.api.call.Call`."""

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Parameter:
    """A query parameter, for the OpenAPI document."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True)
class ResponseSpec:
    """The answer of an endpoint when it succeeds.

    `type` is a type of `daemon.protocol`, or a tuple of the types that the answer may have. It is
    None when there is no body, or text of another content type.
    """

    status: int
    about: str
    type: Any = None
    content_type: str = "application/json"

    @property
    def types(self) -> tuple[Any, ...]:
        """All types that the answer may have."""
        if self.type is None:
            return ()
        return self.type if isinstance(self.type, tuple) else (self.type,)


@dataclass(frozen=True)
class Endpoint:
    """One call. `path` has `{names}` for its variable segments; `role` is the lowest permitted."""

    method: str
    path: str
    role: Role
    handler: Handler
    summary: str
    answers: tuple[ResponseSpec, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    """The type of the request's body; None when it has none (an empty one is accepted)."""
    body_types: tuple[str, ...] = ("application/json",)
    """The content types that the body may have, for the OpenAPI document."""
    needs_version: bool = False
    """Whether the header If-Match is required."""


@dataclass(frozen=True)
class EndpointMatch:
    """The endpoint of a request. Without one, `allowed` are the methods of its path."""

    endpoint: Endpoint | None
    arguments: Mapping[str, str]
    allowed: tuple[str, ...] = ()


class EndpointTable:
    """Finds the endpoint of a request. A path without variables wins over one with variables."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        self._variable: dict[re.Pattern[str], dict[str, Endpoint]] = {}
        for endpoint in self.endpoints:
            if "{" in endpoint.path:
                # `re` caches what it has compiled, so one path is one key.
                self._variable.setdefault(_pattern(endpoint.path), {})[endpoint.method] = endpoint
            else:
                self._fixed.setdefault(endpoint.path, {})[endpoint.method] = endpoint

    def find(self, method: str, path: str) -> EndpointMatch:
        """The endpoint for `method` and `path` (percent-encoded, as it was sent)."""
        methods = self._fixed.get(path, {})
        if (endpoint := methods.get(method)) is not None:
            return EndpointMatch(endpoint, {})
        allowed = set(methods)
        for pattern, others in self._variable.items():
            if (match := pattern.fullmatch(path)) is None:
                continue
            if (endpoint := others.get(method)) is not None:
                arguments = {name: unquote(value) for name, value in match.groupdict().items()}
                return EndpointMatch(endpoint, arguments)
            allowed |= set(others)
        return EndpointMatch(None, {}, tuple(sorted(allowed)))


def _pattern(path: str) -> re.Pattern[str]:
    """A path such as `/v1/events/{id}` as a regular expression."""
    fixed = [re.escape(part) for part in _PARAMETER.split(path)[::2]]
    names = [f"(?P<{name}>[^/]+)" for name in _PARAMETER.findall(path)]
    return re.compile("".join(chain(*zip_longest(fixed, names, fillvalue=""))))
