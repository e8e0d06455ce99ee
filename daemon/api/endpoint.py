"""What can be called: routes as data, for dispatch, access and the OpenAPI document alike."""

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
    """What a route answers when all is well.

    `type` is a type of `daemon.wire`, or several, any of which it may be; None: nothing, or text of
    another content type.
    """

    status: int
    about: str
    type: Any = None
    content_type: str = "application/json"

    @property
    def types(self) -> tuple[Any, ...]:
        """All types of which it may be."""
        if self.type is None:
            return ()
        return self.type if isinstance(self.type, tuple) else (self.type,)


@dataclass(frozen=True)
class Endpoint:
    """One call. `path` has `{names}` for its variable segments; `role` is the least that may."""

    method: str
    path: str
    role: Role
    handler: Handler
    summary: str
    answers: tuple[ResponseSpec, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    """The type of the request's body, None: there is none (an empty one is taken)."""
    takes: tuple[str, ...] = ("application/json",)
    """The content types that the body may have, for the OpenAPI document."""
    wants_version: bool = False
    """Whether If-Match is needed."""


@dataclass(frozen=True)
class EndpointMatch:
    """The outcome of a look-up. Without a route, `allowed` names the methods the path has."""

    route: Endpoint | None
    arguments: Mapping[str, str]
    allowed: tuple[str, ...] = ()


class EndpointTable:
    """Finds routes. Paths without variables win over those with."""

    def __init__(self, routes: Iterable[Endpoint]) -> None:
        self.routes = tuple(routes)
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        self._variable: dict[re.Pattern[str], dict[str, Endpoint]] = {}
        for route in self.routes:
            if "{" in route.path:
                # `re` keeps what it has compiled, so one path is one key.
                self._variable.setdefault(_pattern(route.path), {})[route.method] = route
            else:
                self._fixed.setdefault(route.path, {})[route.method] = route

    def find(self, method: str, path: str) -> EndpointMatch:
        """The route of `path` (as it was sent, still quoted) for `method`."""
        methods = self._fixed.get(path, {})
        if (route := methods.get(method)) is not None:
            return EndpointMatch(route, {})
        allowed = set(methods)
        for pattern, others in self._variable.items():
            if (match := pattern.fullmatch(path)) is None:
                continue
            if (route := others.get(method)) is not None:
                arguments = {name: unquote(value) for name, value in match.groupdict().items()}
                return EndpointMatch(route, arguments)
            allowed |= set(others)
        return EndpointMatch(None, {}, tuple(sorted(allowed)))


def _pattern(path: str) -> re.Pattern[str]:
    """A path such as `/v1/events/{id}` as an expression."""
    fixed = [re.escape(part) for part in _PARAMETER.split(path)[::2]]
    names = [f"(?P<{name}>[^/]+)" for name in _PARAMETER.findall(path)]
    return re.compile("".join(chain(*zip_longest(fixed, names, fillvalue=""))))
