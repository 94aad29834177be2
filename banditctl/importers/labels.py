"""From a label as it was written, in CSV, JSON or base64 of either, to one number."""

import csv
import json
import re
from base64 import b64decode
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import msgspec

from banditctl.errors import UsageError
from banditctl.importers.reading import Refused

Encoding = Literal["CSV", "JSON", "BASE64"]

_DATA = "/groundTruthData/data"


@dataclass(frozen=True)
class Pointer:
    """A JSON pointer (RFC 6901), such as `/label`; raises UsageError if it is none."""

    written: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(/([^~/]|~[01])*)*", self.written, re.DOTALL):
            raise UsageError(f"{self.written} is no JSON pointer; write /label, or /2 for the third column")

    def find(self, document: object) -> object:
        """What stands there; raises LookupError if nothing does."""
        for part in self.written.split("/")[1:]:
            document = _member(document, part.replace("~1", "/").replace("~0", "~"))
        return document


_WHOLE, _FIRST_COLUMN = Pointer(""), Pointer("/0")


def label(data: str, encoding: Encoding, value: Pointer | None) -> float:
    """The number at `value`; left out, the first column of CSV and the whole of JSON. Raises Refused.

    True counts 1 and false 0. What was base64 is JSON if it can be, else CSV.
    """
    document, usual = _document(data, encoding)
    pointer = value or usual
    try:
        found = pointer.find(document)
    except LookupError as error:
        raise Refused(f"has nothing at {pointer.written}", _DATA) from error
    return _number(found)


def _document(data: str, encoding: Encoding) -> tuple[object, Pointer]:
    if encoding == "CSV":
        return _row(data), _FIRST_COLUMN
    if encoding == "JSON":
        return _json(data), _WHOLE
    text = _text(data)
    try:
        return _json(text), _WHOLE
    except Refused:
        return _row(text), _FIRST_COLUMN


def _row(data: str) -> list[str]:
    try:
        rows = list(csv.reader(data.splitlines()))
    except csv.Error as error:
        raise Refused(f"is not CSV: {error}", _DATA) from error
    if len(rows) != 1:
        raise Refused(f"must be one row of CSV, not {len(rows)}", _DATA)
    return rows[0]


def _json(data: str) -> object:
    try:
        # Python refuses to read integers of thousands of digits; as floats they are merely infinite.
        return json.loads(data, parse_int=float)
    except json.JSONDecodeError as error:
        raise Refused(f"is not JSON at line {error.lineno} column {error.colno}", _DATA) from error
    except RecursionError as error:
        raise Refused("is nested too deeply to be a label", _DATA) from error


def _text(data: str) -> str:
    try:
        return b64decode(data, validate=True).decode()
    except ValueError as error:
        raise Refused("is not UTF-8 in base64", _DATA) from error


def _member(document: object, part: str) -> object:
    if isinstance(document, dict):
        return document[part]
    if isinstance(document, list) and re.fullmatch(r"0|[1-9][0-9]*", part):
        return document[int(part)]
    raise LookupError(part)


def _number(found: object) -> float:
    if not isinstance(found, bool | int | float | str):
        raise Refused("must be a number; `--value` says where in a label it stands", _DATA)
    try:
        number = msgspec.convert(found.strip(), float, strict=False) if isinstance(found, str) else float(found)
    except msgspec.ValidationError as error:
        raise Refused("must be a number", _DATA) from error
    if not isfinite(number):
        raise Refused("must be a finite number", _DATA)
    return number
