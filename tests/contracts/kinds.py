"""Finds every kind there is by walking its package: whatever file is added is held to the laws."""

from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules


def kinds(package):
    return [module.name for module in iter_modules(package.__path__)]


def kind_class(package, kind):
    """The one dataclass of its file that has a kind."""
    module = import_module(f"{package.__name__}.{kind}")
    own = [each for each in vars(module).values() if is_dataclass(each) and each.__module__ == module.__name__]
    (found,) = (each for each in own if "kind" in {field.name for field in fields(each)})
    return found


def check_kind(package, kind):
    """Named as its file, made without options, a value that cannot change."""
    found = kind_class(package, kind)
    assert {field.name: field.default for field in fields(found)}["kind"] == kind
    assert found.__dataclass_params__.frozen
    assert found() == found()
