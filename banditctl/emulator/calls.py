"""One request of whichever operation, and how many of them there were."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from banditctl.emulator.shapes import Document
from banditctl.emulator.state import Endpoint

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Call:
    """A request: its operation, the name and ARN it is about, when it came, and the endpoint if there is one."""

    operation: str
    name: str
    resource: str
    at: datetime
    endpoint: Endpoint | None = None
    service: str = "sagemaker"
    """Under what name IAM knows the operation's service."""


@dataclass
class _Count:
    calls: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    busiest: int = 0
    latest: deque[datetime] = field(default_factory=deque)


class Calls:
    """How often each operation was called and refused, and how many calls its busiest minute had."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def count(self, call: Call) -> None:
        counted = self._counts.setdefault(call.operation, _Count())
        counted.calls += 1
        counted.latest.append(call.at)
        while counted.latest[0] <= call.at - _MINUTE:
            counted.latest.popleft()
        counted.busiest = max(counted.busiest, len(counted.latest))

    def refused(self, call: Call, code: str) -> None:
        self._counts[call.operation].refused[code] += 1

    def told(self) -> Document:
        """By operation: `calls`, `refused` by code, and `busiest_minute`."""
        return {
            operation: {"calls": one.calls, "refused": dict(one.refused), "busiest_minute": one.busiest}
            for operation, one in sorted(self._counts.items())
        }

    def clear(self) -> None:
        self._counts.clear()
