"""What pydantic refuses, said in our words and at the place where the file has it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import reduce
from operator import getitem
from textwrap import shorten
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from pydantic_core import ErrorDetails

from banditctl.config.kinds import OneOf
from banditctl.documents import Trail

_SENTENCES = {
    "missing": "required",
    "string_type": "must be text, not {written}",
    "float_type": "must be a number, not {written}",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false, not {written}",
    "int_type": "must be a whole number, not {written}",
    "tuple_type": "must be a list, not {written}",
    "dataclass_type": "must be a mapping of options, not {written}",
    "dict_type": "must be a mapping of options, not {written}",
    "literal_error": "must be {expected}, not {written}",
    "greater_than": "must be more than {gt}, not {written}",
    "less_than": "must be less than {lt}, not {written}",
    "greater_than_equal": "must be at least {ge}, not {written}",
    "less_than_equal": "must be at most {le}, not {written}",
    "too_short": "must have at least {min_length}, not {actual_length}",
    "too_long": "must have at most {max_length}, not {actual_length}",
    # Only names have a pattern.
    "string_pattern_mismatch": "must be 1 to 63 letters, digits, dots, dashes or underscores, not {written}",
    "value_error": "{error}, not {written}",
}

# What pydantic adds to the place of a name in a mapping that is no name.
_OF_A_NAME = "[key]"


class Complaint(NamedTuple):
    """What is wrong with the option at `trail`; where nobody knows the option, its name is what is wrong."""

    trail: Trail
    detail: str
    unknown: bool = False


def complaint(error: ErrorDetails, content: object, form: Any) -> Complaint:
    """One of pydantic's errors about `content`, which should have been a `form`: a dataclass, or kinds of them."""
    trail, known = _follow(error["loc"], form)
    told = {name: _word(value) for name, value in error.get("ctx", {}).items()}
    match error["type"]:
        case "unexpected_keyword_argument":
            hint = _guess(str(trail[-1]), known) or _list(known)
            return Complaint(trail, f"unknown option; {hint}", unknown=True)
        case "union_tag_invalid":
            guess = f"{_guess(told['tag'], known)} ".lstrip()
            return Complaint((*trail, "kind"), f"unknown kind {told['tag']}; {guess}{_list(known)}")
        case "union_tag_not_found":
            return Complaint((*trail, "kind"), f"required; {_list(known)}")
        case kind:
            sentence = _SENTENCES.get(kind, "{msg}")
            of_a_name = error["loc"][-1:] == (_OF_A_NAME,)
            written = _shown(trail[-1]) if of_a_name else _written(trail, content)
            return Complaint(trail, sentence.format(**told, msg=error["msg"], written=written), unknown=of_a_name)


def _follow(loc: Iterable[str | int], form: Any) -> tuple[Trail, list[str]]:
    """Where in the file an error is, and the names that are known there.

    After an option of several kinds pydantic puts the kind, which is no level of the file.
    """
    trail: Trail = ()
    around = inside = form
    for part in loc:
        if part == _OF_A_NAME:
            break
        if not isinstance(inside, Mapping):
            trail = (*trail, part)
        around, inside = inside, _within(inside, part)
    return trail, _names(inside) or _names(around)


def _within(place: Any, part: str | int) -> Any:
    if isinstance(place, Mapping):
        return place[part]
    if get_origin(place) in (dict, tuple):
        return _kinds_of(get_args(place)[0 if isinstance(part, int) else 1])
    hint = get_type_hints(place, include_extras=True).get(str(part)) if is_dataclass(place) else None
    return _kinds_of(hint)


def _kinds_of(hint: Any) -> Any:
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return next((note.kinds for note in getattr(hint, "__metadata__", ()) if isinstance(note, OneOf)), plain)


def _names(place: Any) -> list[str]:
    if isinstance(place, Mapping):
        return list(place)
    return [option.name for option in fields(place) if option.init] if is_dataclass(place) else []


def _guess(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _list(known: list[str]) -> str:
    return f"known are {', '.join(known)}"


def _word(value: object) -> str:
    """A bound without needless decimals, a word without the quotes that pydantic puts around it."""
    if isinstance(value, float):
        return f"{value:g}"
    plain = value.replace("'", "") if isinstance(value, str) else str(value)
    return plain if plain.isprintable() else repr(plain)


def _written(trail: Trail, content: Any) -> str:
    """What the file says at `trail`, on one line and not for ever; pydantic may have converted it already."""
    try:
        value = reduce(getitem, trail, content)
    except LookupError:
        return "nothing"
    return _shown(value)


def _shown(value: object) -> str:
    return shorten(json.dumps(value, ensure_ascii=False), 60, placeholder="...")
