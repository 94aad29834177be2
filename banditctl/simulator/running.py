"""One run: a policy file in one world, through the same learn and steer as the daemon's."""

import asyncio
from datetime import timedelta
from functools import partial

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from banditctl.controller import learn, steer
from banditctl.core.turn import Turn
from banditctl.simulator.ends import MemoryBooks, MemoryTarget
from banditctl.simulator.reference import thompson
from banditctl.simulator.scenario import Scenario
from banditctl.simulator.traffic import NOTHING, START, Counts, Told, exposures, instant, rewards, serve
from banditctl.simulator.watching import Run, Watch

# Looks between two turns, at most: one that is due early may come this part of `every` later than the daemon's.
_LOOKS = 20


def play(scenario: Scenario, number: int) -> Run:
    """The run of this number: always the same, whichever others there are."""
    world, reference = map(default_rng, SeedSequence([scenario.seed, number]).spawn(2))
    loop = Loop(scenario, world)
    asyncio.run(loop.play())
    return loop.watch.summary(number, thompson(scenario, reference))


class Loop:
    """Simulated time goes from one look to the next; in between, the shares in force serve the requests."""

    def __init__(self, scenario: Scenario, lots: Generator) -> None:
        self.scenario = scenario
        self.books = MemoryBooks()
        self.target = MemoryTarget(scenario.experiment.variants, START, scenario.settling)
        self.watch = Watch(scenario)
        self._lots = lots
        self._coming = NOTHING

    async def play(self) -> None:
        """From the start to the horizon."""
        now = timedelta(0)
        await self._look(now)
        while now < self.scenario.horizon:
            until = await self._next_look(now)
            self._serve(now, until)
            now = until
            await self._look(now)

    async def _look(self, now: timedelta) -> None:
        experiment, at = self.scenario.experiment, START + now
        self.target.now = at
        await learn(experiment, self.books, at)
        # What was pushed may be in force at once: then the stratum in transition ends where it began.
        while decision := await steer(experiment, self.books, self.target, at):
            self.watch.decided(now, decision)
            if decision.verdict != "move":
                break
        self.watch.looked(now, self.target.shares)

    async def _next_look(self, now: timedelta) -> timedelta:
        """The next instant at which anything can be due."""
        experiment = self.scenario.experiment
        ledger = await self.books.ledger(experiment.name)
        due = [ledger.evidence.strata[-1].since + experiment.evidence.stratum]
        if ledger.last:
            due.append(START + self._next_turn(ledger.last, now))
        if self.target.settled > self.target.now:
            due.append(self.target.settled)
        return min(min(due) - START, self.scenario.horizon)

    def _next_turn(self, last: Turn, now: timedelta) -> timedelta:
        """When a turn can be due: there are no more trials than requests."""
        schedule, burn_in = self.scenario.experiment.schedule, self.scenario.experiment.burn_in
        turn = last.at - START
        step = max(schedule.at_least, schedule.every / _LOOKS)
        at = turn + schedule.at_least
        requests = self.scenario.requests
        while at <= now or not schedule.due(START + at, last.at, last.trials, partial(requests, at), burn_in):
            at += step
        return min(at, turn + schedule.every)

    def _serve(self, since: timedelta, until: timedelta) -> None:
        """Route what comes in between."""
        served, told = serve(self.scenario, self._lots, self.target.shares, since, until)
        self.watch.served(since, until, served)
        self._report(since, until, served, told)

    def _report(self, since: timedelta, until: timedelta, served: Counts, told: Told) -> None:
        """Hand over, counted, what an application has told by `until` of these requests and of earlier ones."""
        coming = np.concatenate([self._coming, told])
        here = coming["arrives"] <= instant(until)
        self._coming = coming[~here]
        self.books.receive(earned=[*exposures(self.scenario, since, served), *rewards(self.scenario, coming[here])])
