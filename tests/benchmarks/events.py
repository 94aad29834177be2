"""The events that are sent: fresh ids in bodies made ahead, so that making them costs the generator next to nothing."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count

VARIANTS = ["model-a", "model-b", "model-c", "model-d"]
BY_VARIANT = "traffic"
ATTRIBUTED = "credits"
EVENTS_A_BATCH = 1000

# The last twelve digits of every id; cut out of a body and replaced by others of the same length, they make it fresh.
_PLACE = b"f" * 12


def single() -> Callable[[], bytes]:
    """Bodies of one reward by variant, 151 bytes of JSON, each with another id."""
    before, after = _reward(0).split(_PLACE)
    fresh = count()
    return lambda: b"%s%012x%s" % (before, next(fresh), after)


def batch() -> Callable[[], bytes]:
    """Bodies of a thousand rewards by variant."""
    return _fresh(map(_reward, range(EVENTS_A_BATCH)))


def attributed_batch() -> Callable[[], bytes]:
    """Bodies of five hundred exposures, each with its reward by inference id."""
    return _fresh(event for number in range(EVENTS_A_BATCH // 2) for event in _served_and_rewarded(number))


def _fresh(events: Iterator[bytes]) -> Callable[[], bytes]:
    template = b"[" + b",".join(events) + b"]"
    fresh = count()
    return lambda: template.replace(_PLACE, b"%012x" % next(fresh))


def _reward(number: int) -> bytes:
    return (
        f'{{"id":"{_id()}","type":"reward","experiment":"{BY_VARIANT}","variant":"{VARIANTS[number % 4]}",'
        f'"value":{number % 2},"time":"{_now()}"}}'
    ).encode()


def _served_and_rewarded(number: int) -> list[bytes]:
    served, known = _id(), f'"experiment":"{ATTRIBUTED}","time":"{_now()}"'
    exposure = f'{{"type":"exposure","id":"{served}","variant":"{VARIANTS[number % 4]}",{known}}}'
    reward = f'{{"type":"reward","id":"{_id()}","inference_id":"{served}","value":{number % 2},{known}}}'
    return [exposure.encode(), reward.encode()]


def _id() -> str:
    """A UUID whose last part is the place for what makes it fresh."""
    lots = os.urandom(8).hex()
    return f"{lots[:8]}-{lots[8:12]}-4{lots[12:15]}-8{lots[1:4]}-{_PLACE.decode()}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
