"""The API as one document, OpenAPI 3.1: made of the types that check what is sent and that answers are made of."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import msgspec
from pydantic import AwareDatetime

from banditctl import __version__
from banditctl.api.answers import Problem
from banditctl.openapi.operations import PROBLEM, REFUSALS, Answer, Operation, operations

Document = dict[str, Any]

_ABOUT = """\
What a running banditctl takes and tells. Keys are sent as `Authorization: Bearer KEY`; where nobody has one, none is
asked for. Refusals are problem details, RFC 9457."""

_WAITING = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_RETRY = {"Retry-After": {"description": "In so many seconds.", "schema": {"type": "integer"}}}


def document() -> Document:
    """The whole of it."""
    known = list(operations())
    types = [Problem, *(found for one in known for found in _types(one))]
    schemas, components = msgspec.json.schema_components(
        types, schema_hook=_hook, ref_template="#/components/schemas/{name}"
    )
    problem, *rest = schemas
    written = iter(rest)
    paths: dict[str, Document] = {}
    for one in known:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, written)
    made = {
        "openapi": "3.1.0",
        "info": {"title": "banditctl", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {name: _tidied(schema) for name, schema in sorted(components.items())},
            "responses": {status.name: _refusal(status, said, problem) for status, said in REFUSALS.items()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    # Defaults may be tuples, which JSON has none of.
    return dict(msgspec.json.decode(msgspec.json.encode(made)))


def _types(one: Operation) -> Iterator[Any]:
    """Every type in it but that of problems, in the order in which `_operation` needs their schemas."""
    yield from one.query.values()
    yield from (found for found in one.takes.values() if found)
    yield from (answer.document for answer in one.answers.values() if _own(answer))


def _own(answer: Answer) -> bool:
    """Whether it has a schema of its own."""
    return answer.document not in {None, Problem}


def _operation(one: Operation, schemas: Iterator[Document]) -> Document:
    written: Document = {"operationId": one.name, "summary": one.summary}
    if one.scope:
        # Without any key in the store, nobody is asked for one.
        written["security"] = [{}, {"key": [one.scope]}]
    parameters = [_parameter(name, "path", {"type": "string"}) for name in re.findall(r"{(\w+)}", one.path)]
    if parameters or one.query:
        written["parameters"] = [*parameters, *(_parameter(name, "query", next(schemas)) for name in one.query)]
    if one.takes:
        content = {media: {"schema": next(schemas) if found else {}} for media, found in one.takes.items()}
        written["requestBody"] = {"required": True, "content": content}
    written["responses"] = {str(int(status)): _answer(status, found, schemas) for status, found in one.answers.items()}
    return written


def _parameter(name: str, place: str, schema: Document) -> Document:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _answer(status: HTTPStatus, answer: Answer, schemas: Iterator[Document]) -> Document:
    if answer.document is Problem:
        return {"$ref": f"#/components/responses/{status.name}"}
    schema = next(schemas) if answer.document else {"type": "string"}
    return {"description": answer.said, "content": {answer.media: {"schema": schema}}}


def _refusal(status: HTTPStatus, said: str, problem: Document) -> Document:
    headers = {"headers": _RETRY} if status in _WAITING else {}
    return {"description": said, **headers, "content": {PROBLEM: {"schema": problem}}}


def _tidied(schema: Document) -> Document:
    """Without the margin that a docstring has in its module."""
    return schema | {"description": cleandoc(schema["description"])} if "description" in schema else schema


def _hook(kind: type) -> Document:
    """What msgspec does not know: pydantic's own types."""
    if kind is AwareDatetime:
        return {"type": "string", "format": "date-time"}
    raise NotImplementedError(kind)
