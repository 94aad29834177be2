"""One event as it travels, written when it happened: sent again, it is the same event with the same id and time."""

import json
from datetime import UTC, datetime
from typing import SupportsFloat
from uuid import uuid4

# Without NaN and Infinity, which are no JSON: a ValueError where the mistake is, not a refusal later.
_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def exposure(experiment: str, variant: str, inference_id: str, *, targeted: bool, time: datetime | None) -> bytes:
    """That `variant` served a request; raises TypeError or ValueError for what is no event in any experiment."""
    return _event(
        type="exposure",
        id=inference_id,
        experiment=experiment,
        variant=variant,
        targeted=True if targeted else None,
        time=_time(time),
    )


def reward(
    experiment: str,
    value: SupportsFloat,
    inference_id: str | None,
    *,
    variant: str | None,
    metric: str | None,
    id: str | None,  # noqa: A002 - the field's own name
    time: datetime | None,
) -> bytes:
    """What a request earned; raises TypeError or ValueError for what is no event in any experiment."""
    if (inference_id is None) == (variant is None):
        raise TypeError("a reward names its inference_id, or its variant where the policy file says `trials: rewards`")
    return _event(
        type="reward",
        id=uuid4().hex if id is None else id,
        experiment=experiment,
        inference_id=inference_id,
        variant=variant,
        metric=metric,
        value=_value(value),
        time=_time(time),
    )


def _event(**fields: object) -> bytes:
    return _write({name: field for name, field in fields.items() if field is not None}).encode()


def _value(written: SupportsFloat) -> float:
    """Numbers of numpy and decimal as well, and True for 1."""
    try:
        return float(written)
    except OverflowError as error:
        raise ValueError("a value must fit into a float") from error


def _time(at: datetime | None) -> str:
    if at is None:
        return datetime.now(UTC).isoformat()
    if not isinstance(at, datetime):
        raise TypeError(f"a time must be a datetime, not {at!r}")
    if at.utcoffset() is None:
        raise ValueError(f"a time must know its offset from UTC, which {at} does not")
    return at.isoformat()
