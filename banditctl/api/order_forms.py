"""Orders as they are sent: the form of each verb, and where in a body is what is not of that form."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from banditctl.core.standing import Verb
from banditctl.errors import OrderInvalid

Form = TypeVar("Form", bound="OrderForm")

# Long enough for a sentence or two and the number of a ticket.
REASON_CHARACTERS = 500

# No characters that would break a line of a log, or worse a terminal; none that turn round what stands beside them, so
# that a line reads as it was written; and not blank. Scripts from right to left, and their marks, need none of these.
_BARRED = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_LINE = rf"^[^{_BARRED}]*[^\s{_BARRED}][^{_BARRED}]*$"

Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=REASON_CHARACTERS,
        description="Why, in one line.",
        extra_json_schema={"pattern": _LINE},
    ),
]
Id = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._:-]{1,128}$",
        description="What the order is called: sent twice under one id it is one. Left out, each is another.",
    ),
]
Part = Annotated[float, Meta(ge=0, le=1)]


class OrderForm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every order says."""

    reason: Reason
    id: Id | None = None


class PromoteForm(OrderForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One variant is to get everything that it may have."""

    variant: Annotated[str, Meta(description="One of the experiment's variants.")]


class PinForm(OrderForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares that stay until they are unpinned."""

    shares: Annotated[dict[str, Part], Meta(description="A share for each variant; they sum to one.")]


FORMS: Mapping[Verb, type[OrderForm]] = {
    "pause": OrderForm,
    "resume": OrderForm,
    "promote": PromoteForm,
    "rollback": OrderForm,
    "pin": PinForm,
    "unpin": OrderForm,
}

_FIELD = re.compile(r"(?:unknown|required) field `([^`]*)`")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")


def read(body: bytes, form: type[Form]) -> Form:
    """The order that a body is; raises OrderInvalid with the place of the first thing that keeps it from being one."""
    try:
        order = msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        raise OrderInvalid(_pointer(str(error)), _PLACE.sub("", str(error))) from error
    except (ValueError, RecursionError) as error:
        raise OrderInvalid("", f"the body is not JSON: {error}") from error
    # Not by msgspec, whose $ lets a last line end.
    if not re.fullmatch(_LINE, order.reason):
        raise OrderInvalid("/reason", "must be one line of text, without characters that turn text round")
    return order


def _pointer(sentence: str) -> str:
    """Where msgspec says that something is wrong, as a JSON pointer."""
    place, field = _PLACE.search(sentence), _FIELD.search(sentence)
    # What is within a mapping it does not name.
    path = place[1].removesuffix("[...]") if place else ""
    parts = [part for part in (path, field[1] if field else "") if part]
    return "".join(f"/{_written(part)}" for part in parts)


def _written(part: str) -> str:
    """As RFC 6901 has it, in characters that can be answered."""
    return part.replace("~", "~0").replace("/", "~1").encode(errors="replace").decode()
