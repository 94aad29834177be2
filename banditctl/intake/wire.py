"""One event as it travels: its fields and their types, and the sentence for each that is something else."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec

from banditctl.intake.faults import Fault

Kind = Literal["exposure", "reward"]
Converted = TypeVar("Converted")


class WireEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An event as it was written; whether it may be left so is for admission to say.

    A field that is null counts as left out. Of a field written twice, the last counts.
    """

    id: str | None = None
    type: Kind | None = None
    experiment: str | None = None
    variant: str | None = None
    inference_id: str | None = None
    value: float | None = None
    metric: str | None = None
    time: datetime | None = None
    targeted: bool | None = None

    def pointer(self, pointer: str) -> str:
        """Where a pointer into this event points in what was sent."""
        return pointer


_TYPES = {field.name: field.type for field in msgspec.structs.fields(WireEvent)}
_MUST_BE = {
    str | None: "must be a string of Unicode characters",
    Kind | None: "must be exposure or reward",
    float | None: "must be a number",
    bool | None: "must be true or false",
    datetime | None: "must be a time as RFC 3339 writes it, such as 2026-11-20T10:00:00Z",
}


def as_event(item: object) -> WireEvent | Fault:
    """The event that decoded JSON is, or the first thing that keeps it from being one."""
    if not isinstance(item, dict):
        return Fault("", "must be an object")
    try:
        return _converted(item, WireEvent)
    except ValueError:
        return next(_faults(item))


def _faults(item: dict[str, Any]) -> Iterator[Fault]:
    named = item.get("experiment")
    experiment = named if isinstance(named, str) else ""
    for name, written in item.items():
        if name not in _TYPES:
            yield Fault(_pointer(name), f"unknown field; known are {', '.join(_TYPES)}", experiment)
            continue
        try:
            _converted(written, _TYPES[name])
        except ValueError:
            yield Fault(f"/{name}", _MUST_BE[_TYPES[name]], experiment)


def _converted(written: object, kind: type[Converted]) -> Converted:
    converted = msgspec.convert(written, kind)
    # JSON can escape half a surrogate pair, which is no character, and which nothing could store.
    msgspec.json.encode(converted)
    return converted


def _pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) of a field, in characters that can be answered."""
    escaped = name.replace("~", "~0").replace("/", "~1")
    return f"/{escaped}".encode(errors="replace").decode()
