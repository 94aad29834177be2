"""From bytes to events as they were written: all at once, or item by item when something is wrong."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TypeVar

import msgspec

from banditctl.intake import cloudevents
from banditctl.intake.faults import Fault, RequestError
from banditctl.intake.wire import WireEvent, as_event

Item = TypeVar("Item")
Decoded = Sequence[WireEvent | Fault]
# (body, most events) -> events in their order; raises RequestError.
Decoder = Callable[[bytes, int], Decoded]

_JSON = msgspec.json.Decoder(WireEvent | list[WireEvent])
_LINES = msgspec.json.Decoder(WireEvent)


@lru_cache(maxsize=64)
def decoder(content_type: str) -> Decoder:
    """How a body of this type is decoded; raises RequestError if that is not known."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence not in _DECODERS:
        raise RequestError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"the content type must be one of {', '.join(_DECODERS)}",
            {"accept": ", ".join(_DECODERS)},
        )
    return _DECODERS[essence]


def _json(body: bytes, most: int) -> Decoded:
    """One event or an array of them; a body that is no JSON is refused whole."""
    try:
        decoded = _JSON.decode(body)
    except ValueError:  # msgspec's own errors and Unicode's
        return _json_again(body, most)
    return _bounded(decoded, most) if isinstance(decoded, list) else [decoded]


def _json_again(body: bytes, most: int) -> Decoded:
    written = _whole(body)
    items = _bounded(written, most) if isinstance(written, list) else [written]
    return [as_event(item) for item in items]


def _lines(body: bytes, most: int) -> Decoded:
    """One event a line, blank lines uncounted; a bad one is refused alone: it says nothing about the next."""
    try:
        return _bounded(_LINES.decode_lines(body), most)
    except ValueError:
        lines = [line for line in body.split(b"\n") if line.strip()]
    return [_line(line) for line in _bounded(lines, most)]


def _line(line: bytes) -> WireEvent | Fault:
    try:
        return as_event(_parse(line))
    except ValueError as error:
        return Fault("", f"the line {error}")


def _cloudevent(body: bytes, _most: int) -> Decoded:
    return [cloudevents.as_event(_whole(body))]


def _cloudevents(body: bytes, most: int) -> Decoded:
    written = _whole(body)
    if not isinstance(written, list):
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "a batch of CloudEvents must be an array")
    return [cloudevents.as_event(item) for item in _bounded(written, most)]


_DECODERS: dict[str, Decoder] = {
    "application/json": _json,
    "application/x-ndjson": _lines,
    "application/cloudevents+json": _cloudevent,
    "application/cloudevents-batch+json": _cloudevents,
}


def _bounded(items: list[Item], most: int) -> list[Item]:
    if len(items) > most:
        raise RequestError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a request may carry {most} events, not {len(items)}; send fewer at a time",
        )
    return items


def _whole(body: bytes) -> object:
    try:
        return _parse(body)
    except ValueError as error:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body {error}") from error


def _parse(written: bytes) -> object:
    """Whatever JSON it is, NaN and Infinity included; raises ValueError saying what is wrong and where."""
    try:
        # Python refuses to read integers of thousands of digits; as floats they are merely infinite.
        return json.loads(written.decode(), parse_int=float)
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON at line {error.lineno} column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply to be events") from error
