"""One trouble at one point of a turn, on the emulator, with the daemon's own jobs; and what has come of it."""

from collections.abc import Iterator

from faults.troubles import BEFORE, Trouble
from faults.watch import LOOK, Watch, Watched
from support.levers import Levers
from support.turns import MINUTE, fares

from banditctl.core.allocation import Allocation
from banditctl.core.event import EXPOSED, Exposure
from banditctl.core.experiment import Schedule
from banditctl.core.limits import Limits

# Steps of a tenth, so that the turn after the one in trouble has something to push, too.
TURN, UPDATING = 2 * MINUTE, MINUTE
LIMITS, PACE = Limits(floor=0.05, step=0.1), Schedule(every=TURN, at_least=MINUTE, burn_in=1000)

POINTS = ("before the first read", "before the read", "between read and push", "during the push", "after the push")

# Long enough for a turn to meet what the one before it has led to.
_LASTS = TURN + UPDATING + LOOK


class Cell:
    """The point is one of POINTS: what strikes pushes meets the push itself there, all else while it is under way."""

    def __init__(self, trouble: Trouble, point, served, clock, books, client, **options):
        self.trouble = trouble.of_pushes() if trouble.of_calls and point == "during the push" else trouble
        self.experiment = fares(limits=LIMITS, schedule=PACE, **options)
        self.levers = Levers(served)
        self.target = Watched(client)
        self.watch = Watch(self.experiment, books, self.target, clock)
        self.sent = 0
        self.struck: list[int] = []
        self._point, self._clock, self._books, self._client = point, clock, books, client

    async def play(self):
        """Until one more interval has passed after the trouble, and a push that began then is over."""
        await self._until_it_begins()
        await self._report()
        await self.watch.pass_by(_LASTS)
        self._end()
        await self._report()
        await self.watch.pass_by(TURN)
        while self.past()[-1]["status"] == "Updating":
            await self.watch.pass_by(LOOK)
        await self.watch.learn()

    def past(self):
        return self.levers.past("Fares")

    def live(self) -> Iterator[Allocation]:
        """Every split that was ever in force; fails where no variant had any."""
        for was in self.past():
            weights = {name: one["weight"] for name, one in was["current"].items()}
            assert sum(weights.values()) > 0
            yield Allocation.proportional(weights)

    def wanted(self, decisions) -> Iterator[Allocation]:
        """Every split that somebody asked for, and what AWS made of one that it could neither make nor undo."""
        vectors = [BEFORE] + [self.trouble.theirs] * bool(self.trouble.theirs)
        yield from map(Allocation, vectors)
        yield from (one.allocation for one in decisions if one.verdict == "move")
        left = zip(self.past(), self.live(), strict=True)
        yield from (live for was, live in left if was["status"] == "UpdateRollbackFailed")

    async def _until_it_begins(self):
        if self._point == "before the first read":
            return await self._turn(first=self._begin)
        await self._turn()
        self._clock.move(UPDATING)
        await self.watch.look()
        self._clock.move(TURN - UPDATING)
        if self._point == "before the read":
            return await self._turn(first=self._begin)
        if self._point == "between read and push" or (self._point == "during the push" and self.trouble.of_calls):
            return await self._turn(between=self._begin)
        await self._turn()
        await self.watch.pass_by(UPDATING / 2 if self._point == "during the push" else UPDATING + LOOK)
        return self._begin()

    async def _turn(self, first=lambda: None, between=None):
        first()
        self.target.before_push = between
        await self.watch.look()
        assert self.target.before_push is None

    def _begin(self):
        for fault in self.trouble.faults:
            self.levers.fault(**fault)
        self._happen(self.trouble.begins)

    def _end(self):
        self.struck = self.levers.struck()
        self.levers.calm()
        self._happen(self.trouble.ends)
        if self.trouble.made_anew:
            self._client.create_endpoint(EndpointName="Fares", EndpointConfigName="Split")

    def _happen(self, happenings):
        for happening in happenings:
            self.levers.happen(**{"endpoint": "Fares", **happening})

    async def _report(self):
        """Five more exposures are received, and learned if they can be."""
        names = [EXPOSED.of(f"r{self.sent + number}") for number in range(5)]
        self.sent += len(names)
        exposures = [Exposure(name, "A", self._clock()) for name in names]
        await self._books.append("fares", exposures, self._clock(), self.experiment.memory)
        await self.watch.learn()
