"""Finds every kind there is by walking its package: whatever file is added is held to the laws."""

from dataclasses import fields

from banditctl.config import kinds as config


def kinds(package):
    return list(config.kinds(package))


def kind_class(package, kind):
    """The one dataclass of its file that has a kind."""
    return config.kinds(package)[kind]


def check_kind(package, kind):
    """Named as its file, made without options, a value that cannot change."""
    found = kind_class(package, kind)
    assert {field.name: field.default for field in fields(found)}["kind"] == kind
    assert found.__dataclass_params__.frozen
    assert found() == found()
