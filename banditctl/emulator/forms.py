"""Values read from what files and the local API say; every mistake is told at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError, with_config

from banditctl.config.kinds import OneOf
from banditctl.config.sentences import Complaint, complaint
from banditctl.core.units import Duration
from banditctl.documents import dotted
from banditctl.emulator import faults, happenings
from banditctl.emulator.control_plane import OPERATIONS
from banditctl.emulator.faults import INVOKE, Fault
from banditctl.emulator.happenings import Happening
from banditctl.emulator.scenario import FaultOptions, HappeningOptions, Scenario
from banditctl.emulator.written import STRICT

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
        complaints += unknown_operations(value)
        if value is None or complaints:
            said = (": ".join(filter(None, (dotted(found.trail), found.detail))) for found in complaints)
            raise Refused(list(said))
        return value

    def write(self, value: F) -> Any:
        """As it would be sent."""
        return self._adapter.dump_python(value, mode="json")


# By kind.
FAULTS, HAPPENINGS = OneOf(faults).kinds, OneOf(happenings).kinds

FAULT: Form[Fault] = Form(FaultOptions, FAULTS)
HAPPENING: Form[Happening] = Form(HappeningOptions, HAPPENINGS)
ADVANCE: Form[Advance] = Form(Advance)
SCENARIO: Form[Scenario] = Form(Scenario)


def unknown_operations(value: object) -> list[Complaint]:
    """A fault of an operation that does not exist would never strike."""
    operation = value.operation if isinstance(value, Fault) else None
    if operation is None or operation in KNOWN_OPERATIONS:
        return []
    return [Complaint(("operation",), f"unknown operation {operation}; known are {', '.join(KNOWN_OPERATIONS)}")]
