"""What an answer of intake means for the batch that was sent."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Settled:
    """Intake has answered for every event; `why` tells of the first that was refused."""

    duplicates: int = 0
    rejected: int = 0
    why: str = ""


@dataclass(frozen=True)
class TooLarge:
    """Fewer events at a time may pass."""


@dataclass(frozen=True)
class Undelivered:
    """The batch must be sent again, `wait` seconds from now if intake named a time."""

    reason: str
    wait: float | None = None


# Where intake is, behind whatever path a gateway adds; its problems call themselves so wherever it is reached.
PATH = "/v1/events"

Outcome = Settled | TooLarge | Undelivered


def read(status: int, retry_after: str | None, body: bytes, events: int) -> Outcome:
    """The outcome for a batch of so many `events`.

    Only intake's own 202, 422 and 413 settle anything. Whatever else answers (a gateway, an address that is not
    intake's, a key that is not known yet) may be put right, and the events wait for that.
    """
    document = _document(body)
    if status == HTTPStatus.ACCEPTED and "accepted" in document:
        rejected = document["rejected"]
        return Settled(document["duplicates"], len(rejected), _first(rejected))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and events > 1:
        return TooLarge()
    detail = document.get("detail", "")
    said = detail if isinstance(detail, str) else ""
    if document.get("instance") == PATH and _refuses(status, document):
        return Settled(rejected=events, why=_first(document.get("rejected", [])) or said)
    return Undelivered(f"HTTP {status} {said}".rstrip(), _seconds(retry_after))


def _refuses(status: int, document: dict[str, Any]) -> bool:
    """Whether intake has looked at the events; a body that was damaged on its way may be whole the next time."""
    return status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or "rejected" in document


def _document(body: bytes) -> dict[str, Any]:
    """The JSON object that was answered; an empty one if it was anything else."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _first(rejected: list[dict[str, Any]]) -> str:
    return f"at {rejected[0]['pointer']}: {rejected[0]['detail']}" if rejected else ""


def _seconds(retry_after: str | None) -> float | None:
    """The header's seconds from now; it holds them, or a date, or nothing that can be used."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
