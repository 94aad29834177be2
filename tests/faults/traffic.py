"""Applications under way: exposures and rewards in no order, each sent again until it is acknowledged."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from support.posting import Line, request

from banditctl.demo.flights import VARIANTS

_EARNING = dict(zip(VARIANTS, (0.6, 0.65, 0.7, 0.75), strict=True))

# Events that may overtake each other, and how many of them a request carries.
_UNDER_WAY = 1000
_SIZES = (1, 1, 1, 20, 100)
_SENT_TWICE = 0.05
_PAUSE_SECONDS = 0.03
_CHECKED_AT_ONCE = 1000

Sent = dict[str, object]


class Promise:
    """Which acknowledged events a server may lose when it is killed: those of its last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.kills = 0
        self._seconds = seconds
        self._risked: set[str] = set()
        # Since when the server, as it runs now, is known to have an event.
        self._kept: dict[str, float] = {}

    @property
    def at_risk(self) -> set[str]:
        """Those that may be lost by now; what was acknowledged again since is there."""
        return self._risked - self._kept.keys()

    def acknowledged(self, events: Sequence[Sent], asked: int) -> None:
        """The request was sent after so many kills; one more since may have come after the server's part of it."""
        if asked < self.kills and self._seconds:
            self._risked.update(_name(event) for event in events)
            return
        now = monotonic()
        for event in events:
            self._kept.setdefault(_name(event), now)

    def kill(self) -> None:
        """The server is about to be killed."""
        since = monotonic() - self._seconds
        self._risked = self.at_risk | {name for name, at in self._kept.items() if at > since}
        self._kept = {}
        self.kills += 1


class Traffic:
    """What applications have sent, and what of it they know to be kept."""

    def __init__(self, lots: random.Random, port: int, promise: Promise) -> None:
        self.promise = promise
        self.exposed: Counter[str] = Counter()
        self.earned: Counter[str] = Counter()
        self.sent: dict[str, Sent] = {}
        self.repeated = 0
        self.unanswered = 0
        self.ending = False
        self._lots = lots
        self._port = port
        self._waiting: list[Sent] = []

    async def application(self) -> None:
        """One of them, until all is acknowledged."""
        line = Line(self._port)
        while self._waiting or not self.ending:
            await self._deliver(line, self._some())
            await asyncio.sleep(_PAUSE_SECONDS)
        line.close()

    async def again(self, names: Sequence[str]) -> int:
        """Send these once more; answers how many of them were not there any more."""
        line, lost = Line(self._port), 0
        for start in range(0, len(names), _CHECKED_AT_ONCE):
            body = json.dumps([self.sent[name] for name in names[start : start + _CHECKED_AT_ONCE]]).encode()
            posted = await line.post(request(body))
            assert posted.status == 202
            lost += posted.document["accepted"]
        line.close()
        return lost

    def _some(self) -> list[Sent]:
        while not self.ending and len(self._waiting) < _UNDER_WAY:
            self._waiting += self._trip()
        size = min(self._lots.choice(_SIZES), len(self._waiting))
        some = [self._drawn() for _ in range(size)]
        twice = [event for event in some if self._lots.random() < _SENT_TWICE]
        self.repeated += len(twice)
        self._waiting += twice
        return some

    def _trip(self) -> list[Sent]:
        """A request and what it earned."""
        name, variant = f"trip-{self.exposed.total()}", self._lots.choice(VARIANTS)
        value = int(self._lots.random() < _EARNING[variant])
        self.exposed[variant] += 1
        self.earned[variant] += value
        exposure = {"type": "exposure", "id": name, "experiment": "flights", "variant": variant}
        reward = {"id": f"{name}-landed", "experiment": "flights", "inference_id": name, "value": value}
        self.sent |= {_name(event): event for event in (exposure, reward)}
        return [exposure, reward]

    def _drawn(self) -> Sent:
        place = self._lots.randrange(len(self._waiting))
        self._waiting[place], self._waiting[-1] = self._waiting[-1], self._waiting[place]
        return self._waiting.pop()

    async def _deliver(self, line: Line, events: list[Sent]) -> None:
        if not events:
            return
        sent = request(json.dumps(events if len(events) > 1 else events[0]).encode())
        while not await self._acknowledged(line, sent, events):
            self.unanswered += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _acknowledged(self, line: Line, sent: bytes, events: list[Sent]) -> bool:
        asked = self.promise.kills
        try:
            posted = await line.post(sent)
        except (OSError, EOFError):
            return False
        if posted.status == 202:
            assert posted.document["accepted"] + posted.document["duplicates"] == len(events)
            self.promise.acknowledged(events, asked)
        else:
            assert posted.status == 503, posted
        return posted.status == 202


def _name(event: Sent) -> str:
    return str(event["id"])
