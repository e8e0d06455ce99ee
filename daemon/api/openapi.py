"""The OpenAPI document, made from the routes and the wire's types: it cannot say anything else."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from aiohttp import web

from daemon import __version__
from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.problems import CONTENT_TYPE
from daemon.protocol import Problem

_REFERENCE = "#/components/schemas/{name}"
_ERRORS = {
    "400": "Not HTTP, not JSON, or not UTF-8",
    "403": "The caller's role does not allow it",
    "404": "There is no such thing",
    "409": "Not in this state; `detail` says what to do",
    "412": "Somebody saved in between; `current` is the object as it is now",
    "413": "Too large; nothing of it was taken",
    "422": "Invalid input, with all errors at once",
    "428": "If-Match is missing",
    "429": "Over the peer's quota",
    "503": "The inbox or the disk is full, nothing was accepted; see Retry-After",
}
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


def document(routes: Iterable[Endpoint]) -> dict[str, Any]:
    """The document that describes `routes`."""
    routes = list(routes)
    types = {kind for route in routes for answer in route.answers for kind in answer.types}
    bodies = {route.body for route in routes if _is_struct(route.body)}
    known = sorted(types | bodies | {Problem}, key=repr)
    schemas, components = msgspec.json.schema_components(known, ref_template=_REFERENCE)
    schema_of = dict(zip(known, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Corgea Webhooks daemon",
            "version": __version__,
            "description": "HTTP/1.1 over Unix sockets: `control.sock` takes every call,"
            " `inbox.sock` takes `POST /v1/events` alone. Who calls is known from the socket.",
        },
        "servers": [{"url": "http://corgea", "description": "Any host name will do"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Endpoint, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": route.handler.__name__,
        "description": f"Role: {route.role} or above.",
        "parameters": _parameters(route),
        "responses": _responses(route, schema_of),
    }
    if route.body is not None:
        schema = schema_of[route.body] if _is_struct(route.body) else {"type": "object"}
        content = {kind: {"schema": schema} for kind in route.takes}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Endpoint) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(route.path)
    ]
    if route.wants_version:
        in_path.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": "The `version` that the change starts from",
            }
        )
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "schema": dict(parameter.schema),
        }
        for parameter in route.parameters
    ]
    return in_path + in_query


def _responses(route: Endpoint, schema_of: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for answer in route.answers:
        described: dict[str, Any] = {"description": answer.about}
        if (schema := _schema(answer, schema_of)) is not None:
            described["content"] = {answer.content_type: {"schema": schema}}
        responses[str(answer.status)] = described
    problem = {CONTENT_TYPE: {"schema": schema_of[Problem]}}
    for status, about in _ERRORS.items():
        responses[status] = {"description": about, "content": problem}
    return responses


def _schema(answer: ResponseSpec, schema_of: dict[Any, Any]) -> dict[str, Any] | None:
    schemas = [schema_of[kind] for kind in answer.types]
    if len(schemas) > 1:
        return {"anyOf": schemas}
    if not schemas and answer.content_type != ResponseSpec.content_type:
        return {"type": "string"}
    return schemas[0] if schemas else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def openapi_route(routes: Iterable[Endpoint]) -> Endpoint:
    """The route that answers with the document of `routes` and of itself."""

    async def show_openapi(_: Call) -> web.Response:
        """The document."""
        return json_answer(document([*others, route]))

    others = list(routes)
    route = Endpoint(
        "GET",
        "/openapi.json",
        "viewer",
        show_openapi,
        "This document",
        (ResponseSpec(200, "OpenAPI 3.1", dict),),
    )
    return route
