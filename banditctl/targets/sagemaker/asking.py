"""One call to AWS and what came of it, as a value: for looks that must not stop at the first refusal."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from banditctl.targets.sagemaker.refusals import FORBIDDEN, THROTTLED, UNRECOGNIZED

# A look is repeated by whoever wants to: two attempts at each call, and an end to it within half a minute.
BRIEF = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2})

_MEANINGS: Mapping[str, Literal["denied", "expired", "throttled", "unknown"]] = {
    **dict.fromkeys(FORBIDDEN, "denied"),
    **dict.fromkeys(UNRECOGNIZED, "expired"),
    **dict.fromkeys(THROTTLED, "throttled"),
    "UnknownOperationException": "unknown",
}


@dataclass(frozen=True)
class Answer:
    """What AWS said: `done` with its document, `refused` with its code, or why neither came; `at` by its own clock.

    `expired` credentials are any that AWS does not take; `unknown` is an operation that a stand-in does not have.
    """

    kind: Literal["done", "denied", "expired", "throttled", "unknown", "refused", "unreachable"]
    said: str
    document: Mapping[str, Any]
    at: datetime | None = None


async def ask(call: Callable[..., Mapping[str, Any]], **arguments: object) -> Answer:
    """Call boto3 in a thread of its own; never raises for what AWS or the network does."""
    return await asyncio.to_thread(answer, call, **arguments)


def answer(call: Callable[..., Mapping[str, Any]], **arguments: object) -> Answer:
    """The same, here and now."""
    try:
        document = call(**arguments)
    except ClientError as error:
        said: Mapping[str, Any] = error.response
        code, message = (str(said.get("Error", {}).get(name)) for name in ("Code", "Message"))
        return Answer(_MEANINGS.get(code, "refused"), f"{code}: {message}", {}, _date(said))
    except BotoCoreError as error:
        return Answer("unreachable", str(error), {})
    return Answer("done", "", document, _date(document))


def _date(said: Mapping[str, Any]) -> datetime | None:
    written = said.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(written) if written else None
    except ValueError:
        return None
