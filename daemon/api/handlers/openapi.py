"""The OpenAPI document, made from the endpoints and the types of the protocol."""

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
    "404": "There is no such object",
    "409": "Not possible in the present state; `detail` says what to do",
    "412": "Another user saved the object meanwhile; `current` is its present state",
    "413": "Too large; nothing was accepted",
    "422": "Invalid input, with all errors at once",
    "428": "If-Match is missing",
    "429": "The user has reached its quota; see Retry-After",
    "503": "Nothing was accepted, e.g. the inbox or the disk is full; see Retry-After",
}
_CITATION = re.compile(r" ?\((?:rules|interfaces|architecture|app|destinations)\.md[^)]*\)")
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The document that describes `endpoints`."""
    endpoints = list(endpoints)
    types = {kind for endpoint in endpoints for answer in endpoint.answers for kind in answer.types}
    bodies = {endpoint.body for endpoint in endpoints if _is_struct(endpoint.body)}
    known = sorted(types | bodies | {Problem}, key=repr)
    schemas, components = msgspec.json.schema_components(known, ref_template=_REFERENCE)
    schema_of = dict(zip(known, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(
            endpoint, schema_of
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Corgea Webhooks daemon",
            "version": __version__,
            "description": "HTTP/1.1 over Unix sockets: `control.sock` answers every call,"
            " `inbox.sock` only `POST /v1/events`. The kernel identifies the calling user.",
        },
        "servers": [{"url": "http://corgea", "description": "Any host name is accepted"}],
        "paths": paths,
        "components": {"schemas": _without_citations(components)},
    }


def _without_citations(schemas: Any) -> Any:
    """The schemas without references to the project's design documents, which users do not have."""
    if isinstance(schemas, dict):
        return {
            key: _CITATION.sub("", value)
            if key == "description" and isinstance(value, str)
            else _without_citations(value)
            for key, value in schemas.items()
        }
    if isinstance(schemas, list):
        return [_without_citations(each) for each in schemas]
    return schemas


def _operation(endpoint: Endpoint, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": endpoint.handler.__name__,
        "description": f"Role: {endpoint.role} or above.",
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schema_of),
    }
    if endpoint.body is not None:
        schema = schema_of[endpoint.body] if _is_struct(endpoint.body) else {"type": "object"}
        content = {kind: {"schema": schema} for kind in endpoint.body_types}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(endpoint.path)
    ]
    if endpoint.needs_version:
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
        for parameter in endpoint.parameters
    ]
    return in_path + in_query


def _responses(endpoint: Endpoint, schema_of: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for answer in endpoint.answers:
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


def openapi_endpoint(endpoints: Iterable[Endpoint]) -> Endpoint:
    """The endpoint that answers with the document of `endpoints` and itself."""

    async def show_openapi(_: Call) -> web.Response:
        """The document."""
        return json_answer(document([*others, endpoint]))

    others = list(endpoints)
    endpoint = Endpoint(
        "GET",
        "/openapi.json",
        "viewer",
        show_openapi,
        "This document",
        (ResponseSpec(200, "OpenAPI 3.1", dict),),
    )
    return endpoint
