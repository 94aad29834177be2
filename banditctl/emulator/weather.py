"""The faults that are on, and what becomes of a call under them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.calls import Call
from banditctl.emulator.faults import After, Before, Fault, Outcome, Reading
from banditctl.emulator.state import Endpoint

F = TypeVar("F", bound=Fault)


@dataclass
class Armed:
    """A fault that is on: how many calls it could have struck, and how many it did."""

    fault: Fault
    met: int = 0
    struck: int = 0

    def strikes(self, call: Call, lots: random.Random) -> bool:
        """Whether it strikes this call; each call is to be asked about once."""
        if self.struck == self.fault.times or not self.fault.concerns(call):
            return False
        self.met += 1
        struck = self.met > self.fault.skip and lots.random() < self.fault.chance
        self.struck += struck
        return struck


class Weather:
    """Faults by the number they were given; those that are on first strike first."""

    def __init__(self, lots: random.Random) -> None:
        self._lots = lots
        self._numbers = count(1)
        self.armed: dict[int, Armed] = {}

    def add(self, fault: Fault) -> int:
        """Switch a fault on; its number is for `armed`."""
        number = next(self._numbers)
        self.armed[number] = Armed(fault)
        return number

    async def before(self, call: Call) -> Response | None:
        """An answer instead of the real one, if a fault has one. Raises `ServiceError`."""
        for fault in self._striking(Before, call):
            answer = await fault.meet(call)
            if answer is not None:
                return answer
        return None

    async def after(self, call: Call, request: Request, answer: Response) -> Response:
        """What reaches the caller of an answer. Raises `ServiceError`."""
        for fault in self._striking(After, call):
            answer = await fault.spoil(request, answer)
        return answer

    def read(self, call: Call, endpoint: Endpoint) -> Endpoint:
        """The endpoint as it is described."""
        for fault in self._striking(Reading, call):
            endpoint = fault.read(endpoint)
        return endpoint

    def turn(self, call: Call, endpoint: Endpoint) -> Endpoint:
        """The endpoint on the course that a change really sets it on."""
        for fault in self._striking(Outcome, call):
            endpoint = fault.turn(endpoint)
        return endpoint

    def _striking(self, stage: type[F], call: Call) -> Iterator[F]:
        for armed in list(self.armed.values()):
            if isinstance(armed.fault, stage) and armed.strikes(call, self._lots):
                yield armed.fault
