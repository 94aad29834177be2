"""Where a name becomes code: the kinds of a package, one module each, named as policy files name them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


def kinds(package: ModuleType) -> dict[str, type]:
    """Every kind that `package` has a module for, by name."""
    names = sorted(module.name for module in iter_modules(package.__path__))
    return {name: _kind(import_module(f"{package.__name__}.{name}")) for name in names}


def _kind(module: ModuleType) -> type:
    """The one dataclass in a module that says which kind it is."""
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and _says_its_kind(value)
    )
    return found


def _says_its_kind(value: type) -> bool:
    return is_dataclass(value) and any(option.name == "kind" for option in fields(value))


class OneOf:
    """Annotates an option that names its `kind`: the rest of it are the options of that kind.

    A pydantic union would do, were there always two kinds; of a single one it would not ask the name.
    """

    def __init__(self, package: ModuleType) -> None:
        self.kinds: Mapping[str, type] = kinds(package)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Told apart by `kind`, each checked as the dataclass it is."""
        choices = {name: handler.generate_schema(kind) for name, kind in self.kinds.items()}
        return core_schema.tagged_union_schema(choices, discriminator="kind")
