"""Scenario files and what the local API is sent, read into values; every mistake is told at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError, with_config

from banditctl import documents
from banditctl.config.kinds import OneOf
from banditctl.config.sentences import Complaint, complaint
from banditctl.core.units import Duration
from banditctl.documents import dotted
from banditctl.emulator import faults, happenings
from banditctl.emulator.control_plane import OPERATIONS
from banditctl.emulator.faults import INVOKE, Fault
from banditctl.emulator.happenings import Happening
from banditctl.emulator.scenario import Scenario
from banditctl.emulator.world import STRICT
from banditctl.errors import PolicyFileError

F = TypeVar("F")

KNOWN_OPERATIONS = (*(operation.__name__ for operation in OPERATIONS.values()), INVOKE)


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Advance:
    """How far time is to be moved on."""

    advance: Duration


class Refused(Exception):
    """What was sent cannot be read; each problem says where and what to change."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Form(Generic[F]):
    """A type of value, and how it is written; `kinds` where its `kind` tells which of several it is."""

    def __init__(self, shape: Any, kinds: Mapping[str, type] | None = None) -> None:
        self._shape = kinds or shape
        self._adapter: TypeAdapter[F] = TypeAdapter(shape)

    def fill(self, content: object) -> tuple[F | None, list[Complaint]]:
        """The value, None if there is none, and what is wrong with it."""
        try:
            value = self._adapter.validate_json(json.dumps(content))
        except ValidationError as refused:
            return None, [complaint(error, content, self._shape) for error in refused.errors(include_url=False)]
        return value, []

    def read(self, content: object) -> F:
        """The value. Raises Refused."""
        value, complaints = self.fill(content)
        complaints += _unknown_operations(value)
        if value is None or complaints:
            said = (": ".join(filter(None, (dotted(found.trail), found.detail))) for found in complaints)
            raise Refused(list(said))
        return value

    def write(self, value: F) -> Any:
        """As it would be sent."""
        return self._adapter.dump_python(value, mode="json")


_FAULT, _HAPPENING = OneOf(faults), OneOf(happenings)
FAULT: Form[Fault] = Form(Annotated[Fault, _FAULT], _FAULT.kinds)
HAPPENING: Form[Happening] = Form(Annotated[Happening, _HAPPENING], _HAPPENING.kinds)
ADVANCE: Form[Advance] = Form(Advance)
_SCENARIO: Form[Scenario] = Form(Scenario)


def read_scenario(file: Path) -> Scenario:
    """The scenario of a YAML file; raises PolicyFileError with everything that is wrong with it."""
    document = documents.read(file)
    content = {} if document.content is None else document.content
    scenario, complaints = _SCENARIO.fill(content)
    if scenario is not None:
        complaints += [*_unknown_configs(scenario)]
        for number, fault in enumerate(scenario.faults):
            complaints += [
                found._replace(trail=("faults", number, *found.trail)) for found in _unknown_operations(fault)
            ]
    problems = [document.problem(trail, detail, key=unknown) for trail, detail, unknown in complaints]
    problems += document.repeated
    if scenario is None or problems:
        raise PolicyFileError(sorted(problems, key=lambda found: (found.line or 0, found.column or 0)))
    return scenario


def _unknown_configs(scenario: Scenario) -> Iterator[Complaint]:
    for endpoint, config in scenario.endpoints.items():
        if config not in scenario.configs:
            known = f"known are {', '.join(scenario.configs)}" if scenario.configs else "add it to configs"
            yield Complaint(("endpoints", endpoint), f"unknown configuration {config}; {known}")


def _unknown_operations(value: object) -> list[Complaint]:
    """A fault of an operation that does not exist would never strike."""
    operation = value.operation if isinstance(value, Fault) else None
    if operation is None or operation in KNOWN_OPERATIONS:
        return []
    return [Complaint(("operation",), f"unknown operation {operation}; known are {', '.join(KNOWN_OPERATIONS)}")]
