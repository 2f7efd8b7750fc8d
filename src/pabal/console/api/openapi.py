"""The API's description by OpenAPI 3.1, made from the table of operations."""

from collections.abc import Sequence
from typing import Any, Literal

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pabal import __version__
from pabal.console.api.asked import Nothing
from pabal.console.api.calling import Operation
from pabal.console.api.operations import OPERATIONS
from pabal.console.api.problems import CONTENT_TYPE

_AT = "#/components/schemas/"


@require_safe
@login_not_required
def openapi(request: HttpRequest) -> JsonResponse:
    """The description; it names nobody, so it needs no key."""
    return JsonResponse(document(OPERATIONS))


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation)
        paths.setdefault(f"/{operation.path}", {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pabal", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas(operations), "Problem": _PROBLEM},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {**_answer(operation), "default": _CONTENT_OF_PROBLEM},
    }
    if operation.method in ("POST", "PUT") and operation.asked is not Nothing:
        described["requestBody"] = {"required": True, "content": _json(operation.asked)}
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    _, opened, rest = operation.path.partition("{")
    name = rest.partition("}")[0]
    if not opened:
        return []
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.method != "GET":
        return []
    properties = operation.asked.model_json_schema().get("properties", {})
    return [{"name": name, "in": "query", "schema": each} for name, each in properties.items()]


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"204": {"description": "It is done."}}
    return {"200": {"description": "It is done.", "content": _json(operation.answer)}}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _AT + model.__name__}}}


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    models: dict[type[BaseModel], Literal["validation", "serialization"]] = {}
    for operation in operations:
        if operation.method != "GET" and operation.asked is not Nothing:
            models[operation.asked] = "validation"
        if operation.answer is not None:
            models[operation.answer] = "serialization"
    _, schemas = models_json_schema(list(models.items()), ref_template=_AT + "{model}")
    described: dict[str, Any] = schemas["$defs"]
    return described


_PROBLEM = {
    "description": "What went wrong (RFC 9457), for programs by `code`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "remedy"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "code", "remedy")},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_CONTENT_OF_PROBLEM = {
    "description": "It was refused.",
    "content": {CONTENT_TYPE: {"schema": {"$ref": _AT + "Problem"}}},
}
