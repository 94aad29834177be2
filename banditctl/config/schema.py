"""The JSON Schema of a policy file, for editors: they complete, explain and check while one types."""

import ast
from dataclasses import is_dataclass
from datetime import timedelta
from inspect import getsource
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from banditctl.config.form import FORM
from banditctl.core.units import write_duration

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12; what it accepts may still be refused, for it cannot weigh options against each other."""
    document = FORM.json_schema(schema_generator=_Generator)
    # load() takes it from the file's name.
    document["required"].remove("name")
    return {"$schema": _DIALECT, **document}


class _Generator(GenerateJsonSchema):
    """Pydantic's, with defaults as people write them, the docstring of each option, and `kind` never left out."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        made = super().dataclass_schema(schema)
        for option, text in _docstrings(schema["cls"]).items():
            made["properties"][option]["description"] = text
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        # A name that is none is refused, not ignored.
        return super().dict_schema(schema) | {"additionalProperties": False}

    def encode_default(self, dft: object) -> object:
        return write_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def field_is_required(self, field: Any, total: bool) -> bool:
        return field.get("name") == "kind" or super().field_is_required(field, total)

    def field_is_present(self, field: Any) -> bool:
        return field.get("init", True) and super().field_is_present(field)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a name says no more as a title
        return False


def _docstrings(options: type) -> dict[str, str]:
    """The sentence beneath each option of a dataclass, and of those that it extends."""
    found = {}
    for base in filter(is_dataclass, reversed(options.__mro__)):
        definition: Any = ast.parse(getsource(base)).body[0]
        for option, beneath in pairwise(definition.body):
            match option, beneath:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = text
    return found
