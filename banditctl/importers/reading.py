"""What the kinds of files share: where a file lies says what it is, and a line is an event or is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Protocol, TypeVar

import msgspec
from msgspec import Meta

from banditctl.core.event import CLOCK_SKEW, Event
from banditctl.errors import BanditctlError

# As in events that are posted.
Id = Annotated[str, Meta(min_length=1, max_length=128)]
HOUR = r"(?P<hour>\d{4}/\d\d/\d\d/\d\d)"
FILE = r"(?P<file>[^/]+\.jsonl)(?:\.gz)?"

Record = TypeVar("Record")


class Refused(BanditctlError):
    """A file, or the part of a line at `pointer` (RFC 6901), cannot be used; the message says why."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.pointer = pointer


@dataclass(frozen=True)
class Reading:
    """How one file is read: what it is called wherever it lies, the hour it is of, and a line's event.

    `event` raises Refused.
    """

    name: str
    hour: datetime
    event: Callable[[bytes], Event]


class Reader(Protocol):
    """One kind of file."""

    def reading(self, path: str) -> Reading:
        """How the file at `path` is read; raises Refused if it is none of this experiment's."""
        ...


def placed(pattern: re.Pattern[str], path: str, layout: str, now: datetime) -> tuple[re.Match[str], datetime]:
    """The parts of a path that ends in `layout`, and its hour; raises Refused."""
    found = pattern.fullmatch(path)
    try:
        hour = datetime.strptime(found["hour"], "%Y/%m/%d/%H").replace(tzinfo=UTC) if found else None
    except ValueError:
        hour = None
    if found is None or hour is None:
        raise Refused(f"does not lie under {layout}/")
    if hour - now > CLOCK_SKEW:
        raise Refused("lies under an hour that has not come yet, in UTC")
    return found, hour


def decoded(decoder: "msgspec.json.Decoder[Record]", line: bytes) -> Record:
    """What a line says; raises Refused with where and why it does not."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error
    except UnicodeDecodeError as error:
        raise Refused("is not UTF-8") from error
    except msgspec.DecodeError as error:
        raise Refused(f"is not JSON: {error}") from error
    except RecursionError as error:
        raise Refused("is nested too deeply to be a record") from error


def _refused(message: str) -> Refused:
    """From msgspec's own "Expected `str`, got `int` - at `$.a.b`"."""
    detail, _, path = message.partition(" - at `$")
    pointer = path.rstrip("`").replace(".", "/")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", detail):
        return Refused("required", f"{pointer}/{missing[1]}")
    return Refused(detail[0].lower() + detail[1:], pointer)
